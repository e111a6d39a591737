"""What-ifs of the portfolio file: plans that change or move spend, and contexts that the market may meet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, field_validator, model_validator

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.nearest import did_you_mean, listed
from mmm_helpers.inputs.spec_base import Section, refuse

LARGEST_MULTIPLE = 2.0
"""Responses are computed up to this multiple of today's spend."""
EVERYTHING = "all"
"""Stands for every channel in `change`."""
OWN_NAMES = ("follow the recommendation", "10 % more everywhere", "10 % less everywhere", "as expected")
"""Names of scenarios that every report has; `dark:` begins the names of others."""


class Move(Section):
    """Money that goes elsewhere: a share of what one or several channels, or a market, spend today."""

    from_channel: list[str] | None = Field(None, alias="from")
    to_channel: list[str] | None = Field(None, alias="to")
    from_market: str | None = None
    to_market: str | None = None
    share: float = Field(gt=0, le=1)

    @field_validator("from_channel", "to_channel", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _complete(self) -> Move:
        channels, markets = (self.from_channel, self.to_channel), (self.from_market, self.to_market)
        stated = [pair for pair in (channels, markets) if any(pair)]
        if len(stated) != 1 or not all(stated[0]):
            mend = "name channels under from and to, or markets under from_market and to_market"
            raise refuse("a move does not say from where to where", "two channels, or two markets", mend)
        if set(self.from_channel or [self.from_market]) & set(self.to_channel or [self.to_market]):
            raise refuse("a move leads to where it comes from", "two different ones", "change one of them")
        return self


class Context(Section):
    """What happens around the plan: changes as shares (−0.1 is 10 % less), a cap of what can be supplied."""

    demand: float | None = Field(None, gt=-1, le=1)
    media: float | None = Field(None, ge=-1, le=1)
    competitor: float | None = Field(None, ge=-1, le=1)
    price: float | None = Field(None, gt=-1, le=1)
    sentiment: float | None = Field(None, ge=-1, le=1)
    controls: dict[str, float] = Field({})
    supply_cap: float | None = Field(None, gt=0)
    supply: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _says_something(self) -> Context:
        if not self.model_dump(exclude_none=True, exclude_defaults=True):
            raise refuse("a context changes nothing", "demand, price, …", "state what changes, or remove it")
        if self.supply_cap is not None and self.supply is not None:
            mend = "keep supply_cap (units or money) or supply (a multiple of what is expected)"
            raise refuse("a context states both supply_cap and supply", "one cap", mend)
        return self


class Scenario(Section):
    """One what-if: a plan (`change`, `move`), a context, or both; without `markets` it concerns all."""

    change: dict[str, float] = Field({})
    move: Move | None = None
    context: Context | None = None
    regions: list[str] = Field([])
    markets: list[str] = Field([])

    @field_validator("change")
    @classmethod
    def _multiples(cls, value: dict[str, float]) -> dict[str, float]:
        for channel, multiple in value.items():
            _check_multiple(channel, multiple)
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Scenario:
        if not (self.change or self.move or self.context):
            mend = "add change: {channel: multiple}, move: {from, to, share}, or context: {demand: -0.1}"
            raise refuse("a scenario says nothing", "change, move or context", mend)
        if self.between_markets and (self.change or self.context or self.regions or self.markets):
            raise refuse("a move between markets stands beside others", "the move alone", "split it in two")
        return self

    @property
    def between_markets(self) -> bool:
        """Whether money leaves a market; such scenarios are computed for the portfolio."""
        return self.move is not None and self.move.from_market is not None


def _check_multiple(channel: str, multiple: float) -> None:
    if multiple < 0:
        what = f"spend of '{channel}' would be {multiple} times today's, which is negative"
        raise refuse(what, "0 (nothing) or more", "correct the multiple; 0 switches the channel off")
    if multiple == 0 and channel == EVERYTHING:
        what = "a budget of zero leaves nothing to plan"
        raise refuse(what, "a multiple above 0", "switch channels off by name, or correct the multiple")
    if multiple > LARGEST_MULTIPLE:
        what = f"spend of '{channel}' would be {multiple} times today's"
        expected = f"at most {LARGEST_MULTIPLE:g}, as far as responses are computed"
        raise refuse(what, expected, "lower it; what lies beyond was never seen")


def check_scenarios(
    scenarios: dict[str, Scenario],
    channels: dict[str, Any],
    controls: Iterable[str],
    markets: Iterable[str],
) -> None:
    """Refuse scenarios with names that nothing in the portfolio file has, or with a name that is taken.

    Parameters
    ----------
    channels : code → channel, with `paid`.
    """
    paid = [code for code, channel in channels.items() if channel.paid]
    for name, scenario in scenarios.items():
        if name in OWN_NAMES or name.startswith("dark:"):
            raise refuse(
                f"scenario '{name}' has a name that is taken",
                "another name",
                "rename it",
                key=("scenarios", name),
            )
        move = scenario.move
        moved = [*(move.from_channel or []), *(move.to_channel or [])] if move else []
        known = [*paid, EVERYTHING]
        _require(name, [c for c in scenario.change if c not in known], known, "paid channel")
        _require(name, [c for c in moved if c not in paid], paid, "paid channel")
        between = [move.from_market, move.to_market] if scenario.between_markets else []
        _require(name, [m for m in [*scenario.markets, *between] if m not in markets], markets, "market")
        named = scenario.context.controls if scenario.context else {}
        _require(name, [c for c in named if c not in controls], controls, "control")


def _require(scenario: str, strange: list[str], known: Iterable[str], noun: str) -> None:
    if strange:
        what = f"scenario '{scenario}' names the unknown {noun} '{strange[0]}'"
        expected = f"one of {listed(known)} ({did_you_mean(strange[0], known)})"
        raise refuse(what, expected, f"correct or declare the {noun}", key=("scenarios", scenario))


def concerns(scenario: Scenario, market: str) -> bool:
    """Whether a scenario is computed in a market."""
    return not scenario.between_markets and (not scenario.markets or market in scenario.markets)


def idle_scenarios(scenarios: dict[str, Scenario], market: str, regions: list[str]) -> list[tuple[str, str]]:
    """Scenarios of a market that name regions which it does not have, and what to say about it."""
    idle = []
    for name, scenario in scenarios.items():
        strange = [r for r in scenario.regions if r not in regions] if concerns(scenario, market) else []
        if strange:
            near = did_you_mean(strange[0], regions)
            idle.append((name, f"the region '{strange[0]}' is none of this market's ({near})"))
    return idle


def scenario_problems(
    scenarios: dict[str, Scenario], market: str, regions: list[str], *, file: str, alone: bool
) -> list[Problem]:
    """What is wrong with the regions that a market's scenarios name.

    A region may be another market's where a scenario does not say which market it concerns; then the report lists
    the scenario as not applicable here.

    Parameters
    ----------
    regions : of the market. file : name of the portfolio file. alone : whether the portfolio has one market only.
    """
    problems = []
    for name, scenario in scenarios.items():
        if not concerns(scenario, market) or not (alone or scenario.markets == [market]):
            continue
        for region in (r for r in scenario.regions if r not in regions):
            what = f"scenario '{name}' names the unknown region '{region}'"
            expected = f"one of {listed(regions)} ({did_you_mean(region, regions)})"
            where = f"{file}, key scenarios.{name}.regions"
            problems.append(Problem(what, where, expected, "correct the region's name", market))
    return problems
