"""Sections of the portfolio file that say where data lie and how to read them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from mmm_helpers.inputs.spec_base import Currency, Section, refuse
from mmm_helpers.inputs.spec_budget import Budget
from mmm_helpers.inputs.spec_media import MediaOptions
from mmm_helpers.inputs.spec_money import PerChannel

Frequency = Literal["daily", "weekly", "monthly"]
WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
METRICS = (
    "impressions",
    "viewable_impressions",
    "clicks",
    "reach",
    "conversions",
    "click_to_order_days",
    "impression_share",
    "auction_overlap",
)
"""Delivery metrics that a channel may have beside its spend."""
Metric = Literal["spend", "activity", *METRICS]


class Read(Section):
    """How a file is written: separators, encoding, sheet, rows before the header."""

    sep: str = ","
    decimal: str = "."
    thousands: str | None = None
    encoding: str = "utf-8-sig"
    sheet: str | int = 0
    skiprows: int = Field(0, ge=0)


class DateColumn(Section):
    """The file's date column and its format (strptime codes); without a format, ISO 8601."""

    column: str
    format: str | None = None


class Source(Section):
    """One file or query, and which of its columns are what.

    A *wide* source has a column for each series (`columns` renames them to the portfolio's names); a *long*
    one has a `channel_column` whose values `channels` translates, and `metrics` names its columns of numbers.
    """

    path: str | None = None
    sql: str | None = None
    url: str | None = None
    read: Read = Read()
    date: DateColumn | None = None
    frequency: Frequency | None = None
    week_start: WeekDay | None = None
    columns: dict[str, str] = Field({})
    channel_column: str | None = None
    channels: dict[str, list[str]] = Field({})
    ignore: list[str] = Field([])
    metrics: dict[Metric, str] = Field({})
    market_column: str | None = None
    region: str | None = None
    regions: dict[str, str] = Field({})
    currency_column: str | None = None

    @field_validator("date", mode="before")
    @classmethod
    def _date_as_text(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @field_validator("channels", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: [v] if isinstance(v, str) else v for k, v in value.items()}

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if (self.path is None) == (self.sql is None):
            raise refuse("a source has both or neither of path and sql", "one of the two", "give path or sql")
        if self.sql is not None and self.url is None:
            raise refuse("a source with sql has no url", "the database's URL", "add url: ${NAME_OF_VARIABLE}")
        if self.channel_column is None and (self.channels or self.metrics or self.ignore):
            mend = "add channel_column, or use columns for a wide file"
            raise refuse("channels, metrics and ignore need channel_column", "a long source", mend)
        if self.channel_column is not None and not (self.channels and self.metrics):
            mend = "add channels: {code: value in file} and metrics: {spend: column}"
            raise refuse("a long source lacks channels or metrics", "both beside channel_column", mend)
        return self

    @property
    def name(self) -> str:
        """What messages call this source: its path, or the beginning of its query."""
        return self.path if self.path is not None else f"query '{' '.join(self.sql.split())[:40]}'"


class Unknown(Section):
    """A declared range of dates in which a column's values are not known (not zero)."""

    column: str
    start: dt.date
    end: dt.date
    region: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Unknown:
        if self.end < self.start:
            raise refuse(f"end {self.end} lies before start {self.start}", "start ≤ end", "swap the two")
        return self


class ChannelOverride(MediaOptions):
    """What one market may state differently about a channel."""

    level: Literal["regional", "national"] | None = None
    follows_demand: bool | None = None
    label: str | None = None
    attribution_window: int | None = Field(None, ge=1)


class Market(Section):
    """One market: its money, holidays, week, files, and deviations from the portfolio."""

    label: str | None = None
    currency: Currency | None = None
    holidays: str | None = None
    week_start: WeekDay = "monday"
    sources: list[Source] = Field([])
    channels: dict[str, ChannelOverride] = Field({})
    unknown: list[Unknown] = Field([])
    margin: float | None = Field(None, gt=0, le=1)
    lifetime_value: PerChannel | None = None
    budget: Budget | None = None
