"""The portfolio file: the one file a user edits, read into checked Python objects."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.spec_base import Currency, check_codes, refuse
from mmm_helpers.inputs.spec_budget import Budget, check_budget, merge_budgets
from mmm_helpers.inputs.spec_errors import problems_of
from mmm_helpers.inputs.spec_model import Channel, Control, Decisions, Event, ModelOptions, Outcome
from mmm_helpers.inputs.spec_money import PerChannel, check_lifetime_value, check_per_channel, compute_worth
from mmm_helpers.inputs.spec_scenarios import check_scenarios
from mmm_helpers.inputs.spec_sources import Frequency, Market, Source
from mmm_helpers.inputs.yamlfile import read_yaml

RESERVED_CODES = frozenset({"all", "portfolio", "fits", "cache", "logs"})
DEFAULT_L_MAX = {"daily": 28, "weekly": 8, "monthly": 3}
KEY_COLUMNS = ("date", "market", "region")


class Portfolio(Decisions):
    """A portfolio of markets and everything declared about it.

    Read one with `load_portfolio`. Beside the file's keys: `path` (the file), `folder` (paths in the file are
    relative to it), and `market_channels`.
    """

    name: str
    reporting_currency: Currency
    budget_rate: dict[Currency, float] = Field({})
    frequency: Frequency = "weekly"
    outcome: Outcome
    channels: dict[str, Channel] = Field(min_length=1)
    controls: dict[str, Control] = Field({})
    markets: dict[str, Market] = Field(min_length=1)
    data: Source | None = None
    fx: str | None = None
    lift_tests: str | None = None
    holdout: str | None = None
    journeys: str | None = None
    regions: str | None = None
    model: ModelOptions = ModelOptions()
    events: list[Event] = Field([])
    _path: Path = PrivateAttr(default=Path("portfolio.yml"))

    @property
    def path(self) -> Path:
        return self._path

    @property
    def folder(self) -> Path:
        return self._path.parent

    @property
    def l_max(self) -> int:
        """Longest carry-over in periods where a channel states none."""
        return self.model.l_max or DEFAULT_L_MAX[self.frequency]

    def currency(self, market: str) -> str:
        """The market's currency: its own, or the reporting currency."""
        return self.markets[market].currency or self.reporting_currency

    def label(self, market: str) -> str:
        """The market's name for readers: its label, or its code."""
        return self.markets[market].label or market

    def market_channels(self, market: str) -> dict[str, Channel]:
        """The channels as this market has them: the portfolio's, with the market's overrides."""
        overrides = self.markets[market].channels
        return {code: _overridden(channel, overrides.get(code)) for code, channel in self.channels.items()}

    def margin_of(self, market: str) -> float | None:
        """Contribution margin: the market's, or the portfolio's."""
        own = self.markets[market].margin
        return self.margin if own is None else own

    def lifetime_value_of(self, market: str) -> PerChannel | None:
        """Lifetime value of a customer: the market's, or the portfolio's."""
        own = self.markets[market].lifetime_value
        return self.lifetime_value if own is None else own

    def budget_of(self, market: str) -> Budget:
        """What a plan may do: the portfolio's, with the market's own keys in their place."""
        return merge_budgets(self.budget, self.markets[market].budget)

    def worth_of(self, market: str) -> tuple[float | None, dict[str, float]]:
        """Profit before media of one unit of outcome in money; see `spec_money.compute_worth`."""
        return compute_worth(
            self.outcome, self.margin_of(market), self.lifetime_value_of(market), self._paid_channels
        )

    @property
    def overall_worth(self) -> float | None:
        """Profit before media of one unit of outcome in money where a market states nothing of its own."""
        return compute_worth(self.outcome, self.margin, self.lifetime_value, self._paid_channels)[0]

    @property
    def _paid_channels(self) -> list[str]:
        return [code for code, channel in self.channels.items() if channel.paid]

    def canonical_columns(self) -> dict[str, str]:
        """Every column name a source may hold, and what it is: {'tv_spend': 'channels.tv.spend', …}."""
        named = {self.outcome.column: "outcome.column"}
        if isinstance(self.outcome.value_per_unit, str):
            named[self.outcome.value_per_unit] = "outcome.value_per_unit"
        named |= {
            c: f"channels.{ch}.{m}" for ch, spec in self.channels.items() for m, c in spec.columns().items()
        }
        return named | {name: f"controls.{name}" for name in self.controls}

    def resolve(self, path: str) -> Path:
        """A path of the file, which is relative to the file's folder unless absolute."""
        return self.folder / path

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9_-]+", value):
            expected = "small letters, digits, '_' and '-'"
            raise refuse(f"name '{value}' cannot name a folder", expected, "rename the portfolio")
        return value

    @field_validator("markets")
    @classmethod
    def _market_codes(cls, value: dict[str, Market]) -> dict[str, Market]:
        check_codes(list(value), "market", reserved=RESERVED_CODES)
        return value

    @field_validator("channels", "controls")
    @classmethod
    def _other_codes(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_codes(list(value), "channel or control")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Portfolio:
        self._check_columns()
        for code, market in self.markets.items():
            if self.data is None and not market.sources:
                mend = "add sources to the market, or data to the portfolio"
                raise refuse(f"market '{code}' has no data", "sources, or a shared data file", mend)
            self._check_market(code, market)
            budget = self.budget_of(code)
            for channel in [*budget.locked, *budget.bounds, *budget.minimum, *budget.capacity]:
                _require_known(channel, self.channels, "channel", "budget")
        for pair in self.model.interactions:
            for channel in pair:
                _require_known(channel, self.channels, "channel", "model.interactions")
        check_scenarios(self.scenarios, self.channels, self.controls, self.markets)
        self._check_money()
        for event in self.events:
            for code in event.markets:
                _require_known(code, self.markets, "market", f"event '{event.name}'")
        return self

    def _check_money(self) -> None:
        """Lifetime values, inflation and caps are numbers that can be read as such, of channels that cost money."""
        paid = self._paid_channels
        check_per_channel("media_inflation", self.media_inflation, paid, low=0.0, high=1.0)
        check_per_channel("frequency_cap", self.budget.frequency_cap, paid, low=1e-6, high=1e6)
        for code, market in self.markets.items():
            value = self.lifetime_value_of(code)
            key = "lifetime_value" if market.lifetime_value is None else "markets"
            named = {"where": f"market '{code}'", "key": key}
            check_lifetime_value(value, self.outcome, margin=self.margin_of(code), paid=paid, **named)
            named["key"] = "budget" if market.budget is None else "markets"
            check_budget(self.budget_of(code), paid, margin=self.worth_of(code)[0], **named)
            foreign = self.outcome.kind != "revenue" and self.currency(code) != self.reporting_currency
            if foreign and value is not None and market.lifetime_value is None:
                what = f"market '{code}' has no lifetime value of its own, in {self.currency(code)}"
                mend = f"state lifetime_value under markets.{code}"
                raise refuse(what, "one in the market's currency", mend, key="lifetime_value")

    def _check_columns(self) -> None:
        seen = dict.fromkeys(KEY_COLUMNS, "a key column")
        entries = [(self.outcome.column, "outcome"), *((name, f"control '{name}'") for name in self.controls)]
        if isinstance(self.outcome.value_per_unit, str):
            entries.append((self.outcome.value_per_unit, "value_per_unit"))
        for code, channel in self.channels.items():
            entries += [(column, f"{measure} of '{code}'") for measure, column in channel.columns().items()]
        for column, use in entries:
            if column in seen:
                what = f"column '{column}' is both {seen[column]} and {use}"
                raise refuse(what, "one use for each column", "give one of them another column name")
            seen[column] = use

    def _check_market(self, code: str, market: Market) -> None:
        known = self.canonical_columns()
        for override in market.channels:
            _require_known(override, self.channels, "channel", f"market '{code}'")
        for unknown in market.unknown:
            _require_known(unknown.column, known, "column", f"unknown of market '{code}'")
            if known[unknown.column].startswith(("controls.", "outcome.value_per_unit")):
                what = f"market '{code}' declares '{unknown.column}' unknown"
                mend = "supply its values, or remove the control"
                raise refuse(what, "an outcome, spend, activity or metric column", mend)
        for source in [*market.sources, *([self.data] if self.data else [])]:
            for channel in source.channels:
                _require_known(channel, self.channels, "channel", f"source '{source.name}'")
            for column in source.columns:
                _require_known(column, [*known, *KEY_COLUMNS], "column", f"source '{source.name}'")


def load_portfolio(path: str | Path) -> Portfolio:
    """Read and check a portfolio file.

    Parameters
    ----------
    path : the YAML file; paths inside it are relative to its folder.

    Returns
    -------
    Portfolio

    Raises
    ------
    InputError
        One problem per fault, each with line, key, what was expected and how to mend it.

    Examples
    --------
    >>> load_portfolio("data/demo/portfolio.yml").reporting_currency  # doctest: +SKIP
    'EUR'
    """
    file = read_yaml(Path(path).resolve())
    try:
        portfolio = Portfolio.model_validate(file.values)
    except ValidationError as error:
        raise InputError(*problems_of(error, file, Portfolio)) from None
    portfolio._path = file.path
    return portfolio


def _overridden(channel: Channel, override: Any) -> Channel:
    stated = dict(override) if override else {}
    changes = {key: value for key, value in stated.items() if value is not None}
    return channel.model_copy(update=changes)


def _require_known(name: str, known: Any, noun: str, where: str) -> None:
    if name not in known:
        expected = f"one of {listed(known)} ({did_you_mean(name, known)})"
        raise refuse(f"{where} names the unknown {noun} '{name}'", expected, f"correct or declare the {noun}")
