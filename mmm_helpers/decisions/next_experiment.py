"""Which experiment next: what each designed test is expected to be worth, in money, and what it costs.

A test pays by changing what is done with a channel afterwards: cut, leave or raise its spend. Without the test the
action that is best today is taken at once; with it, the channel waits until the test is over. So the net value over a
horizon is the expected value of sample information for the periods that are left, minus fees, minus what is earned
less while the test runs (its spend saved or added counted in), minus what waiting costs. Spend that would earn money
if it were changed as in the test can be changed without measuring: that gain is not the test's, so running a test
never costs less than its fee.

The test's effect and the action's gain are read off the same draws of the response to constant spend, both with
carry-over. Where responses over a test's own duration are not given, those over the plan are scaled in proportion:
within a tenth of the model's forward pass from about 8 periods on, but rougher for a short test that raises spend.
What a test tells about other channels is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.decisions.bias import bias_factors
from mmm_helpers.decisions.information import Preposterior, foresee, value_of_perfect_information
from mmm_helpers.decisions.responses import GRID, TODAY, Cell, response_at
from mmm_helpers.intervals import SUFFIXES, UPPER, summarize

ACTIONS = (0.8, 1.0, 1.2)
"""What may be done with a channel: multiples of today's spend in all of its cells."""
POWER = 0.8
DETECTABLE = float(norm.ppf(UPPER) + norm.ppf(POWER))
"""A design's minimum detectable effect (two-sided at 10 %, power 80 %) in sds of its estimate."""
SELDOM = 0.01
"""A test that changes the action with less than this probability is not run for what it tells."""
MANY = 100
"""Ratios of value and cost above this are not spelled out."""
NEXT_COLUMNS = [
    "market", "channel", "regions", "design", "duration", "test_sd", "bias_sd", *(f"effect_{s}" for s in SUFFIXES),
    "without_test", *(f"value_{s}" for s in SUFFIXES), "value_perfect", "chance_to_change", "fee", "lost", "waiting",
    "cost", "net_value", "rank", "worth_it", "sentence",
]  # fmt: skip
"""Columns of the table `next_experiments`; it has no rows where no test was designed."""
NOT_SPENT = "Cannot be valued: nothing was spent there in the last year."
NOT_KNOWN = "Cannot be valued: the error of its result is not known."


@dataclass(frozen=True)
class Terms:
    """What a decision is about, and what money is worth in it.

    Parameters
    ----------
    horizon : periods from today for which the decision counts, those of the test included.
    plan_periods : periods that the cells' responses cover.
    break_even : money of outcome that one unit of spend has to bring. Where plans keep the total, that is the market's
        marginal return, since what one channel gives up the others get; where money may stay unspent, 1 / margin.
    margin : profit in one unit of outcome; None if unknown: then values are in money of outcome, not of profit.
    fee : cost of running one test beside its media, reporting currency.

    Raises
    ------
    ValueError : periods or a break-even that are not positive, or a negative fee.
    """

    horizon: int
    plan_periods: int
    break_even: float
    margin: float | None = None
    fee: float = 0.0

    def __post_init__(self) -> None:
        for name in ("horizon", "plan_periods", "break_even"):
            if not getattr(self, name) > 0:
                raise ValueError(f"'{name}' must be positive. Got {getattr(self, name)} instead.")
        if not self.fee >= 0:
            raise ValueError(f"'fee' must be 0 or more. Got {self.fee} instead.")

    def worth(self, outcome: np.ndarray, spend: float) -> np.ndarray:
        """What a change of outcome and of spend, both money, is worth in profit (or outcome)."""
        return (self.margin or 1.0) * (outcome - self.break_even * spend)


def compute_next_experiments(
    designs: pd.DataFrame,
    cells: Sequence[Cell],
    *,
    terms: Terms,
    bias_sd: Mapping[str, float],
    by_duration: Mapping[int, Sequence[Cell]] | None = None,
    actions: Sequence[float] = ACTIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """One row per designed test, the one with the highest expected net value first.

    Parameters
    ----------
    designs : table `experiment_designs`: market, channel, regions (joined by `|`), design, duration (periods),
        spend_change (of the whole test, reporting currency), mde (smallest total effect in money that is found with
        80 % power at 10 %, two-sided) or `test_sd` (of the total effect, in money); `fee` replaces that of `terms`.
    cells : the market's cells (`responses.plan_cells`).
    bias_sd : channel → sd of its log return beyond the posterior's (`bias.bias_by_channel`).
    by_duration : periods → the same cells with responses over so many periods, for the effects of tests.
    actions : multiples of today's spend to choose from; more than was ever (95 %) spent is not chosen.

    Returns
    -------
    Columns `NEXT_COLUMNS`, money in the reporting currency: test_sd and effect_* (of the whole test), without_test
    (multiple of spend that is best today), value_mean (expected value of sample information) and value_q05 to q95
    (what the result will turn out to be worth), value_perfect, chance_to_change, fee, lost, waiting, cost (their
    sum), net_value, rank, worth_it, sentence. Tests that cannot be valued come last, without a rank.
    """
    if designs.empty:
        return pd.DataFrame(columns=NEXT_COLUMNS)
    doubted = widen(cells, bias_sd, seed=seed)
    exact = {int(n): widen(own, bias_sd, seed=seed) for n, own in (by_duration or {}).items()}
    rows = []
    for design in designs.to_dict("records"):
        duration = int(design["duration"])
        responses = (exact[duration], duration) if duration in exact else (doubted, terms.plan_periods)
        row = value_test(design, doubted, responses, terms, actions)
        rows.append(row | {"bias_sd": bias_sd.get(design["channel"], 0.0)})
    table = pd.DataFrame(rows).reindex(columns=NEXT_COLUMNS)
    table = table.sort_values("net_value", ascending=False, kind="stable", ignore_index=True)
    valued = table["net_value"].notna()
    return table.assign(rank=np.where(valued, np.arange(1, len(table) + 1), np.nan))


def widen(cells: Sequence[Cell], bias_sd: Mapping[str, float], *, seed: int = 0) -> list[Cell]:
    """The cells with each channel's doubt about its effect added to the draws: one factor a draw, in all regions.

    Examples
    --------
    >>> cell = Cell("R1", "tv", 100.0, 2.0, np.ones((500, 1)) * 150 * GRID)
    >>> wide = widen([cell], {"tv": 0.5})[0].response[:, TODAY]
    >>> round(float(wide.mean())), round(float(np.log(wide).std()), 1)
    (150, 0.5)
    """
    order = {channel: i for i, channel in enumerate(sorted({c.channel for c in cells}))}
    wide = []
    for cell in cells:
        sd, place = bias_sd.get(cell.channel, 0.0), seed + order[cell.channel]
        factors = bias_factors(len(cell.response), sd, seed=place)
        wide.append(replace(cell, response=cell.response * factors[:, None]))
    return wide


def value_test(
    design: Mapping,
    cells: Sequence[Cell],
    responses: tuple[Sequence[Cell], int],
    terms: Terms,
    actions: Sequence[float],
) -> dict:
    """A row of `compute_next_experiments` without bias_sd and rank.

    Parameters
    ----------
    responses : cells that the test's effect is read off, and the periods that they cover.
    """
    keys = {name: design[name] for name in ("market", "channel", "regions", "design", "duration")}
    where = str(design["regions"]).split("|")
    mine = [c for c in cells if c.channel == design["channel"]]
    tested = [c for c in responses[0] if c.channel == design["channel"] and c.region in where]
    test_sd = _test_sd(design)
    none = keys | {"test_sd": test_sd, "worth_it": False}
    if not tested:
        return none | {"sentence": NOT_SPENT}
    if np.isnan(test_sd):
        return none | {"sentence": NOT_KNOWN}
    effect, change = effect_of_test(design, tested, periods=responses[1])
    gains = gains_per_period(mine, terms, actions)
    best, duration = int(gains.mean(axis=0).argmax()), int(design["duration"])
    remaining = max(terms.horizon - duration, 0) * gains
    seen = foresee(remaining, effect, test_sd)
    row = keys | {"test_sd": test_sd, "without_test": actions[best]}
    row |= summarize(effect, "effect") | seen.summarize("value")
    row |= {
        "value_perfect": value_of_perfect_information(remaining),
        "chance_to_change": seen.chance_to_change,
    }
    lost = -float(terms.worth(effect, change).mean())
    waiting = max(duration * float(gains[:, best].mean()), -lost)
    return row | _verdict(seen, {"fee": _fee(design, terms), "lost": lost, "waiting": waiting})


def effect_of_test(design: Mapping, tested: Sequence[Cell], *, periods: int) -> tuple[np.ndarray, float]:
    """(sample,) change of outcome that a test causes in all, and its change of spend, both money.

    Parameters
    ----------
    periods : that the responses of the tested cells cover.

    Spend of the tested cells changes in proportion, by at most what the responses were computed for; a go-dark test
    stops it.
    """
    share = int(design["duration"]) / periods
    spend = sum(c.spend for c in tested) * share
    multiple = 0.0 if design["design"] == "go_dark" else 1 + float(design["spend_change"]) / spend
    multiple = float(np.clip(multiple, 0.0, GRID[-1]))
    effect = share * sum(response_at(c, multiple) - c.response[:, TODAY] for c in tested)
    return effect, (multiple - 1) * spend


def gains_per_period(cells: Sequence[Cell], terms: Terms, actions: Sequence[float]) -> np.ndarray:
    """(sample, actions) what each action on a channel gains a period against today's spend, in money."""
    columns = []
    for action in actions:
        multiples = [min(action, max(c.support, 1.0)) for c in cells]
        outcome = sum(response_at(c, m) - c.response[:, TODAY] for c, m in zip(cells, multiples, strict=True))
        spend = sum((m - 1) * c.spend for c, m in zip(cells, multiples, strict=True))
        columns.append(terms.worth(outcome, spend) / terms.plan_periods)
    return np.column_stack(columns)


def _test_sd(design: Mapping) -> float:
    """Sd of a test's result in money: stated, or from its minimum detectable effect."""
    stated = design.get("test_sd")
    if stated is not None and not pd.isna(stated):
        return abs(float(stated))
    return abs(float(design.get("mde", np.nan))) / DETECTABLE


def _fee(design: Mapping, terms: Terms) -> float:
    stated = design.get("fee")
    return terms.fee if stated is None or pd.isna(stated) else float(stated)


def _verdict(seen: Preposterior, costs: Mapping[str, float]) -> dict:
    cost = sum(costs.values())
    net = seen.value - cost
    row = dict(costs) | {"cost": cost, "net_value": net}
    row["worth_it"] = net > 0 and seen.chance_to_change >= SELDOM
    return row | {"sentence": judge(seen.value, cost, seen.chance_to_change)}


def judge(value: float, cost: float, chance_to_change: float) -> str:
    """Whether to run a test, and why, without amounts.

    Examples
    --------
    >>> judge(120.0, 50.0, 0.4)
    'Run it: its result is expected to be worth 2.4 times what it costs.'
    >>> judge(50.0, 120.0, 0.4)
    'Do not run it: it costs 2.4 times what its result is expected to be worth.'
    >>> judge(0.0, 10.0, 0.0)
    'Do not run it: hardly any result would change what is done.'
    >>> judge(50.0, 0.0, 0.3)
    'Run it: its result is worth something, and running it costs nothing.'
    """
    if chance_to_change < SELDOM:
        return "Do not run it: hardly any result would change what is done."
    if cost <= 0:
        return "Run it: its result is worth something, and running it costs nothing."
    if value > cost:
        return f"Run it: its result is expected to be worth {_times(value / cost)} what it costs."
    return f"Do not run it: it costs {_times(cost / value)} what its result is expected to be worth."


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < MANY else f"more than {MANY} times"
