"""Sections of the portfolio file that say what is modelled: outcome, channels, controls, model, budget."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from mmm_helpers.inputs.spec_base import Section, refuse
from mmm_helpers.inputs.spec_budget import Budget, Risk
from mmm_helpers.inputs.spec_media import Adstock, MediaOptions, Saturation
from mmm_helpers.inputs.spec_money import PerChannel
from mmm_helpers.inputs.spec_scenarios import Scenario
from mmm_helpers.inputs.spec_sources import METRICS

Pool = Literal["none", "partial", "full"]
RegionPredictor = Literal["population", "income", "media_penetration", "city_tier"]


class Outcome(Section):
    """What the business counts; units and conversions carry the money that one is worth."""

    column: str
    kind: Literal["revenue", "units", "conversions"] = "revenue"
    value_per_unit: float | str | None = None
    label: str | None = None

    @model_validator(mode="after")
    def _value(self) -> Outcome:
        if self.kind == "revenue" and self.value_per_unit is not None:
            raise refuse("value_per_unit stands beside kind revenue", "units or conversions", "remove it")
        if self.kind != "revenue" and self.value_per_unit is None:
            mend = "add value_per_unit: a number or the name of a column"
            raise refuse(f"kind {self.kind} lacks value_per_unit", "the money that one is worth", mend)
        return self


class Channel(MediaOptions):
    """One channel: the canonical columns of its spend and delivery, and how it enters the model."""

    label: str | None = None
    spend: str | None = None
    activity: str | None = None
    paid: bool = True
    impressions: str | None = None
    viewable_impressions: str | None = None
    clicks: str | None = None
    reach: str | None = None
    conversions: str | None = None
    click_to_order_days: str | None = None
    impression_share: str | None = None
    auction_overlap: str | None = None
    funnel: Literal["upper", "middle", "lower"] | None = None
    level: Literal["regional", "national"] = "regional"
    follows_demand: bool = False
    attribution_window: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _has_input(self) -> Channel:
        if self.paid and self.spend is None:
            raise refuse("a paid channel names no spend column", "spend", "add spend: column, or paid: false")
        if not self.paid and self.activity is None:
            raise refuse("an unpaid channel names no activity column", "activity", "add activity: column")
        return self

    def columns(self) -> dict[str, str]:
        """The channel's measures that have a canonical column: {'spend': 'tv_spend', …}."""
        named = {m: getattr(self, m) for m in ("spend", "activity", *METRICS)}
        return {m: c for m, c in named.items() if c is not None}


class Control(Section):
    """A series that is not media: its causal role, and how it is brought to a period."""

    role: Literal["confounder", "precision", "mediator"]
    known_ahead: bool = True
    aggregate: Literal["mean", "sum", "max"] = "mean"
    label: str | None = None

    @model_validator(mode="after")
    def _no_mediator(self) -> Control:
        if self.role == "mediator":
            raise refuse(
                "a mediator lies on the path from media to the outcome and would hide their effect",
                "a confounder or precision control, as the model estimates total effects",
                "remove this control",
                key="role",
            )
        return self


class Pooling(Section):
    """How much units of a level learn from each other."""

    regions: Pool = "partial"
    markets: Pool = "partial"


class ModelOptions(Section):
    """Choices of the model that hold for all channels; `l_max` counts periods.

    `trend` auto is linear, and varying where the health gate's checks of the residuals fail under linear.
    `shock` is the one that all regions share, `serial` the correlation of a region's noise with its last period.
    """

    pooling: Pooling = Pooling()
    adstock: Adstock = "geometric"
    saturation: Saturation = "hill"
    l_max: int | None = Field(None, ge=1)
    trend: Literal["auto", "linear", "varying"] = "auto"
    shock: bool = True
    serial: bool = True
    interactions: list[tuple[str, str]] = Field([])
    spillover: bool = False
    varying_media: bool = False
    region_predictors: list[RegionPredictor] | None = None


class JourneysPolicy(Section):
    """How journeys are read: which touches belong to one, and which identities to one person.

    `lookback_days`: touches older than that before a journey's end are dropped. `repeated`: touches of the same channel
    one after the other are kept or collapsed into the first. `other_channels`: channels that journeys know and the
    portfolio does not. `links`: a file of identities (columns user, person).
    """

    lookback_days: int = Field(30, ge=1)
    repeated: Literal["keep", "collapse"] = "keep"
    other_channels: list[str] = Field([])
    links: str | None = None


class Event(Section):
    """A shock or happening with its dates; without markets it concerns all."""

    name: str
    start: dt.date
    end: dt.date
    markets: list[str] = Field([])
    regions: list[str] = Field([])


class Decisions(Section):
    """Optional inputs of decisions; money and shares, none of which bears on the fit."""

    scenarios: dict[str, Scenario] = Field({})
    budget: Budget = Budget()
    margin: float | None = Field(None, gt=0, le=1)
    lifetime_value: PerChannel | None = None
    media_inflation: PerChannel | None = None
    risk: Risk = Risk()
    journeys_policy: JourneysPolicy = JourneysPolicy()
