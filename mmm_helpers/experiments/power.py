"""Power by simulation: how often a test would have been found, had it run at other times of the market's own history.

A test is laid over stretches of the history in which there was none, an effect is multiplied onto its regions, and the
method that will measure it says whether it tells the effect from chance. What the model expects of the test's spend is
then held against it. Beside `design.compute_test_errors`, which takes the method's own error at its word for many sets
of regions, this shows for one set what the method really finds, and how often it finds what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.measure import cooldown_of, declared_tests, disturbs
from mmm_helpers.experiments.methods import estimate_primary
from mmm_helpers.experiments.panels import geo_test
from mmm_helpers.experiments.permutation import ALPHA
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize

SIZES = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)
EFFECTS = (*(-size for size in reversed(SIZES)), 0.0, *SIZES)
"""Effects relative to the treated regions' outcome; less than zero for a test that goes dark."""
WINDOWS = 30
"""Times that a test is laid over the history, at the most."""
HISTORY = 0.5
"""Share of the periods that lie before every one of them."""
NEEDED = 0.8
MOST_ALARMS = 0.5
"""Share of tests without an effect in which one is found, above which a method's power means nothing. Overlapping tests
say little about the share itself: far more than the stated tenth is needed for a verdict."""
FACTORS = np.round(np.arange(0.1, 10.05, 0.1), 1)
"""Multiples of the expected effect that are tried for 80 % power."""
POWER_COLUMNS = ["duration", "effect", "power", "tests", "usual"]
PLAN_COLUMNS = [
    "design", "duration", "spend_change", "mde", *(f"expected_effect_{s}" for s in SUFFIXES), "exceeds", "power",
    "false_alarms", "size_80", "duration_80",
]  # fmt: skip

Estimator = Callable[[GeoTest], Estimate]


@dataclass(frozen=True)
class Plan:
    """A test that might be run, and what the model expects of it.

    Parameters
    ----------
    design : go_dark or heavy_up. duration : periods, without cool-down.
    spend_change : of the whole test, money (`plan_spend`).
    effect : (draws,) change of outcome that the model expects of it, signed, summed over regions, test and cool-down.
    """

    design: str
    duration: int
    spend_change: float
    effect: np.ndarray


def plan_spend(usual: float, duration: int, *, raises: float = 1.0) -> dict[str, float]:
    """Change of spend over a test by design: all of it is held back, or a share is added.

    Parameters
    ----------
    usual : spend of the treated regions per period. duration : periods. raises : share that is added.

    Raises
    ------
    ValueError : nothing is usually spent, or `raises` is not above zero.

    Examples
    --------
    >>> plan_spend(100.0, 8, raises=0.5)
    {'go_dark': -800.0, 'heavy_up': 400.0}
    """
    if not usual > 0:
        raise ValueError(f"'usual' must be above zero: there is nothing to change. Got {usual} instead.")
    if not raises > 0:
        raise ValueError(f"'raises' must be above zero. Got {raises} instead.")
    return {"go_dark": -usual * duration, "heavy_up": raises * usual * duration}


def draws_of_interval(mean: float, low: float, high: float, *, size: int = 999) -> np.ndarray:
    """(size,) evenly spaced quantiles of the normal distribution with this mean and width of its 90 % interval.

    Raises
    ------
    ValueError : `low` is above `high`.

    Examples
    --------
    >>> draws_of_interval(10.0, 5.0, 15.0)[[49, 499, 949]].round(6).tolist()
    [5.0, 10.0, 15.0]
    """
    if low > high:
        raise ValueError(f"'low' must not be above 'high'. Got {low} and {high} instead.")
    sd = (high - low) / (norm.ppf(UPPER) - norm.ppf(LOWER))
    return mean + sd * norm.ppf(np.arange(1, size + 1) / (size + 1))


def compute_power(
    panel: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    channel: str,
    regions: Sequence[str],
    durations: Iterable[int],
    effects: Sequence[float] = EFFECTS,
    windows: int = WINDOWS,
    estimate: Estimator = estimate_primary,
) -> pd.DataFrame:
    """How often each effect would have been found, by length of the test.

    Parameters
    ----------
    panel : the market's panel. settings : its specification.
    channel : that is tested; its carry-over says how long the cool-down is. regions : that are treated.
    durations : lengths in periods, without cool-down. effects : relative, signed.
    windows : times that each test is laid over the history. estimate : the method.

    Returns
    -------
    duration, effect, power (share of the tests with a p-value below 10 %, two-sided; at an effect of zero these are
    false alarms), tests (how many could be measured; they overlap, so they say less than as many histories would),
    usual (mean outcome of the treated regions, summed over test and cool-down). No rows where none could be measured.
    """
    rows, what = [], {"channel": channel, "regions": regions, "windows": windows}
    for duration in durations:
        laid = [(t, _p_value(t, estimate)) for t in lay_tests(panel, settings, **what, duration=duration)]
        tests, alarms = [t for t, p in laid if p is not None], [p for _, p in laid if p is not None]
        if not tests:
            continue
        usual = float(np.mean([_totals(test).sum() for test in tests]))
        for effect in sorted({0.0, *effects}):
            found = [_p_value(with_effect(t, effect), estimate) for t in tests] if effect else alarms
            power = float(np.mean([p is not None and p < ALPHA for p in found]))
            rows.append((int(duration), float(effect), power, len(tests), usual))
    return pd.DataFrame(rows, columns=POWER_COLUMNS)


def lay_tests(
    panel: pd.DataFrame,
    settings: Mapping[str, Any],
    *,
    channel: str,
    regions: Sequence[str],
    duration: int,
    windows: int = WINDOWS,
) -> Iterator[GeoTest]:
    """Tests that never were, the latest first, evenly over the second half of the history.

    None lies where a declared test moved one of its regions; what other tests disturbed is no history and no control.

    Parameters
    ----------
    panel, settings, channel, regions, duration, windows : as in `compute_power`.
    """
    dates = pd.DatetimeIndex(sorted(panel["date"].unique()))
    cooldown = cooldown_of(settings, channel)
    paid = [f"spend_{c}" for c, spec in settings["channels"].items() if spec.get("paid", True)]
    media = [column for column in paid if column in panel and column != f"spend_{channel}"]
    others = [t for t in declared_tests(settings) if disturbs(t)]
    last, earliest = len(dates) - duration - cooldown, int(np.ceil(len(dates) * HISTORY))
    if last < earliest:
        return
    for first in np.unique(np.linspace(earliest, last, windows).round().astype(int))[::-1]:
        span = {"start": dates[first], "end": dates[first + duration - 1], "spend_change": np.nan}
        test = {"experiment": "imagined", "regions": tuple(regions)} | span
        if any(_touches(t, regions, dates[first : first + duration + cooldown], cooldown) for t in others):
            continue
        try:
            yield geo_test(panel, test, cooldown=cooldown, media=media, others=others)
        except ValueError:
            continue


def _touches(test: Mapping[str, Any], regions: Sequence[str], span: pd.DatetimeIndex, cooldown: int) -> bool:
    """Whether a declared test, or what it left behind, moved one of the regions during the span."""
    after = cooldown * (span[1] - span[0]) if len(span) > 1 else pd.Timedelta(0)
    apart = test["end"] + after < span[0] or test["start"] > span[-1]
    return bool(set(test["regions"]) & set(regions)) and not apart


def with_effect(test: GeoTest, effect: float) -> GeoTest:
    """The test with a relative effect in its treated regions, in all periods of test and cool-down."""
    outcome = test.outcome.copy()
    outcome.loc[test.during, list(test.treated)] *= 1 + effect
    return replace(test, outcome=outcome)


def _totals(test: GeoTest) -> np.ndarray:
    """Outcome of the treated regions in each period of test and cool-down."""
    return test.outcome.loc[test.during, list(test.treated)].to_numpy(dtype=float).sum(axis=1)


def _p_value(test: GeoTest, estimate: Estimator) -> float | None:
    """None where the method cannot measure the test."""
    try:
        return estimate(test).p_value
    except ValueError:
        return None


def smallest_effect(curve: pd.DataFrame, sign: int) -> float:
    """The smallest relative effect of this sign that is found with 80 % power, as are all larger ones.

    Parameters
    ----------
    curve : rows of `compute_power` of one duration. sign : 1 or -1.

    Returns
    -------
    Its size, interpolated between the effects that were tried; NaN where the largest of them is found less often, or
    where the method cries wolf (`MOST_ALARMS`).

    Examples
    --------
    >>> curve = pd.DataFrame({"effect": [0.0, 0.1, 0.2], "power": [0.1, 0.6, 1.0]})
    >>> round(smallest_effect(curve, 1), 3)
    0.15
    """
    side = curve[curve["effect"] * sign >= 0].sort_values("effect", key=np.abs)
    size, power = side["effect"].abs().to_numpy(), side["power"].to_numpy()
    lasting = np.minimum.accumulate(power[::-1])[::-1]
    enough = np.flatnonzero(lasting >= NEEDED)
    if not len(enough) or cries_wolf(curve):
        return np.nan
    k = int(enough[0])
    return float(np.interp(NEEDED, lasting[k - 1 : k + 1], size[k - 1 : k + 1]))


def cries_wolf(curve: pd.DataFrame) -> bool:
    """Whether a method finds an effect more often than not where there is none.

    Parameters
    ----------
    curve : rows of `compute_power` of one duration.
    """
    return float(curve.loc[curve["effect"] == 0, "power"].iloc[0]) > MOST_ALARMS


def compute_plan_power(power: pd.DataFrame, plans: Iterable[Plan]) -> pd.DataFrame:
    """Whether each plan would be told from chance, given what the model expects of it.

    Parameters
    ----------
    power : result of `compute_power`. plans : of the same regions; one without rows of its duration is left out.

    Returns
    -------
    Columns `PLAN_COLUMNS`, in the outcome's unit and totals of test and cool-down: mde (size of the smallest effect of
    the plan's sign that is found with 80 % power, NaN where none is), expected_effect_*, exceeds (probability that the
    effect has the sign of the plan and is larger than that, NaN without an mde), power (averaged over the model's
    draws; effects larger than those simulated count as the largest; NaN where the method cries wolf), false_alarms
    (share of tests without an effect in which one was found; 10 % if the method holds its level), size_80 (times the
    expected effect for 80 % power; NaN where ten times would not do, and where a test that goes dark would need more
    than all spend), duration_80 (shortest simulated length at which an effect that grows with it has 80 % power; NaN
    where none has).
    """
    curves = {int(duration): curve for duration, curve in power.groupby("duration")}
    rows = [_plan_row(plan, curves) for plan in plans if plan.duration in curves]
    return pd.DataFrame(rows, columns=PLAN_COLUMNS)


def _plan_row(plan: Plan, curves: Mapping[int, pd.DataFrame]) -> dict[str, Any]:
    curve, sign = curves[plan.duration], 1 if plan.spend_change > 0 else -1
    mde = smallest_effect(curve, sign) * curve["usual"].iloc[0]
    row = {"design": plan.design, "duration": plan.duration, "spend_change": plan.spend_change, "mde": mde}
    sizes = [f for f in FACTORS if sign > 0 or f <= 1]
    long = {n: average_power(own, plan.effect * n / plan.duration) for n, own in sorted(curves.items())}
    return row | summarize(plan.effect, "expected_effect") | {
        "exceeds": float((plan.effect * sign > mde).mean()) if np.isfinite(mde) else np.nan,
        "power": average_power(curve, plan.effect),
        "false_alarms": float(curve.loc[curve["effect"] == 0, "power"].iloc[0]),
        "size_80": next((float(f) for f in sizes if average_power(curve, plan.effect * f) >= NEEDED), np.nan),
        "duration_80": next((float(n) for n, found in long.items() if found >= NEEDED), np.nan),
    }  # fmt: skip


def average_power(curve: pd.DataFrame, effect: np.ndarray) -> float:
    """Power of one length, interpolated at each draw of the effect and averaged; NaN where the method cries wolf.

    Parameters
    ----------
    curve : rows of `compute_power` of one duration. effect : (draws,) total, in the outcome's unit.

    Examples
    --------
    >>> curve = pd.DataFrame({"effect": [0.0, 0.1], "power": [0.1, 0.9], "usual": 1000.0})
    >>> average_power(curve, np.array([0.0, 50.0, 100.0, 300.0]))
    0.6
    """
    if cries_wolf(curve):
        return np.nan
    own = curve.sort_values("effect")
    return float(np.interp(effect / own["usual"].iloc[0], own["effect"], own["power"]).mean())
