"""The tables about a market's experiments: results, methods, series, balance and placebos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.errors import FitError
from mmm_helpers.experiments.balance import compute_balance
from mmm_helpers.experiments.bayesian import estimate_bayesian
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.experiments.measure import (
    cooldown_of,
    declared_tests,
    is_stated,
    spread,
    stated_lift,
    to_geo_test,
)
from mmm_helpers.experiments.methods import PRIMARY, caution, estimate_all, estimate_primary
from mmm_helpers.experiments.natural import find_pauses
from mmm_helpers.experiments.placebo import compute_placebos, contaminated_donors, placebo_share
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER

COLUMNS = {
    "experiments": [
        "market", "experiment", "channel", "regions", "design", "kind", "start", "end", "method",
        *(f"lift_{s}" for s in SUFFIXES), "p_value", "spend_change", *(f"iroas_{s}" for s in SUFFIXES), "balance",
        "placebo_share", "source", "verdict",
    ],
    "experiment_methods": [
        "market", "experiment", "method", *(f"lift_{s}" for s in SUFFIXES), "p_value", "marked", "computed_on"
    ],
    "experiment_series": [
        "market", "experiment", "date", "observed", "expected_mean", "expected_q05", "expected_q95", "period"
    ],
    "experiment_balance": ["market", "experiment", "what", "treated", "control", "difference_sd"],
    "experiment_placebos": ["market", "experiment", "kind", "unit", "effect", "p_value"],
}  # fmt: skip
CLEAR = 0.1
"""A result with a p-value below this is told from chance."""


@dataclass(frozen=True)
class Units:
    """What one unit of a market's outcome and spend is worth in tables.

    Parameters
    ----------
    shown : outcome as tables show it: reporting currency for revenue, else 1.
    money : outcome in the reporting currency. spend : reporting currency for one unit of the market's.
    """

    shown: float
    money: float
    spend: float


@dataclass(frozen=True)
class Measured:
    """A test measured from the panel: its matrix, the primary estimate, all methods' and the placebos."""

    test: GeoTest
    primary: Estimate
    methods: dict[str, Estimate]
    placebos: pd.DataFrame


def compute_experiment_tables(
    panel: pd.DataFrame, settings: Mapping[str, Any], units: Units
) -> dict[str, pd.DataFrame]:
    """All tables about a market's experiments, declared and natural.

    Parameters
    ----------
    panel : the market's panel. settings : its specification.

    Returns
    -------
    The tables of `COLUMNS` by name; without rows where there is nothing to say.
    """
    rows = {name: [] for name in COLUMNS}
    for test in declared_tests(settings):
        if is_stated(test):
            rows["experiments"].append(_stated_row(test, units))
            continue
        try:
            measured = _measure(panel, test, settings)
        except ValueError as reason:
            rows["experiments"].append(_row(test, units) | {"source": "not measured", "verdict": str(reason)})
            continue
        rows["experiments"].append(_measured_row(test, measured, units))
        for name, found in _details(test, measured, panel, settings, units).items():
            rows[name] += found
    rows["experiments"] += measure_pauses(panel, settings, units)
    return {name: _frame(found, name, settings["market"]) for name, found in rows.items()}


def compute_bayesian_rows(panel: pd.DataFrame, settings: Mapping[str, Any], units: Units) -> pd.DataFrame:
    """Rows of `experiment_methods` by the Bayesian synthetic control; about a minute for each measured test.

    A test that it cannot be used on, or whose chains do not agree, is left out, and the reason printed.
    """
    rows = []
    for test in declared_tests(settings):
        if is_stated(test):
            continue
        try:
            matrix = to_geo_test(panel, test, settings)
            found = estimate_bayesian(matrix)
        except (ValueError, FitError) as reason:
            print(f"{test['experiment']}: {reason}", flush=True)
            continue
        marked = {"experiment": test["experiment"], "marked": caution(matrix)}
        rows.append(marked | _method_row("bayesian", found, units))
    return _frame(rows, "experiment_methods", settings["market"])


def _frame(rows: list[dict], name: str, market: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS[name]).assign(market=market)


def _measure(panel: pd.DataFrame, test: Mapping, settings: Mapping) -> Measured:
    matrix = to_geo_test(panel, test, settings)
    primary = estimate_primary(matrix)
    return Measured(matrix, primary, estimate_all(matrix), compute_placebos(matrix, estimate_primary))


def _row(test: Mapping, units: Units) -> dict[str, Any]:
    """What is known of a test before its result."""
    return {
        "experiment": test["experiment"],
        "channel": test["channel"],
        "regions": "|".join(test["regions"]),
        "design": test["design"],
        "kind": test.get("kind", "experiment"),
        "start": test["start"],
        "end": test["end"],
        "spend_change": test["spend_change"] * units.spend,
    }


def _result(lift: float, sd: float, row: Mapping[str, Any], units: Units) -> dict[str, float]:
    """Lift and return of the spend that moved, as normal intervals of a total's mean and sd."""
    worth = units.money / row["spend_change"]
    return _quantiles("lift", lift * units.shown, sd * units.shown) | _quantiles(
        "iroas", lift * worth, sd * worth
    )


def _quantiles(name: str, mean: float, sd: float) -> dict[str, float]:
    values = (mean, *norm.ppf([LOWER, 0.5, UPPER], mean, abs(sd)))
    return {f"{name}_{s}": float(v) for s, v in zip(SUFFIXES, values, strict=True)}


def _stated_row(test: Mapping, units: Units) -> dict[str, Any]:
    row, found = _row(test, units), stated_lift(test)
    result = _result(found["lift"], found["sd"], row, units)
    return row | result | {"method": "stated", "source": "stated", "verdict": verdict(result, np.nan, [])}


def _measured_row(test: Mapping, measured: Measured, units: Units) -> dict[str, Any]:
    row, primary = _row(test, units), measured.primary
    result = _result(primary.total, spread(primary), row, units)
    odd = contaminated_donors(measured.placebos)
    return (
        row
        | result
        | {
            "method": PRIMARY,
            "p_value": primary.p_value,
            "balance": measured.methods["synthetic_control"].scaled_imbalance,
            "placebo_share": placebo_share(measured.placebos, primary.p_value),
            "source": "measured",
            "verdict": verdict(result, primary.p_value, odd),
        }
    )


def verdict(result: Mapping[str, float], p_value: float, odd: list[str]) -> str:
    """What a result says, in words.

    Parameters
    ----------
    result : with `iroas_q05` and `iroas_q95`. p_value : NaN where the result was stated.
    odd : controls that moved by themselves when the test began.

    Examples
    --------
    >>> verdict({"iroas_q05": 0.5, "iroas_q95": 2.0}, 0.01, ["Ost"])
    'an effect; with caution: Ost moved by itself at the time'
    """
    told = p_value < CLEAR if np.isfinite(p_value) else result["iroas_q05"] > 0 or result["iroas_q95"] < 0
    said = "an effect" if told else "no effect told from chance"
    return said + (f"; with caution: {', '.join(odd)} moved by itself at the time" if odd else "")


def _details(
    test: Mapping, measured: Measured, panel: pd.DataFrame, settings: Mapping, units: Units
) -> dict[str, list[dict]]:
    """Rows of the other tables about one measured test."""
    name = {"experiment": test["experiment"]}
    why = caution(measured.test)
    methods = [name | _method_row(m, e, units) | {"marked": why} for m, e in measured.methods.items()]
    placebos = measured.placebos.assign(effect=measured.placebos["effect"] * units.shown).to_dict("records")
    return {
        "experiment_methods": methods,
        "experiment_series": [name | row for row in _series(measured, units)],
        "experiment_balance": [name | row for row in _balance(test, panel, settings)],
        "experiment_placebos": [name | row for row in placebos],
    }


def _method_row(method: str, estimate: Estimate, units: Units) -> dict[str, Any]:
    low, high = (bound * units.shown for bound in estimate.total_interval)
    values = (estimate.total * units.shown, low, estimate.total * units.shown, high)
    lift = {f"lift_{s}": v for s, v in zip(SUFFIXES, values, strict=True)}
    return {"method": method, **lift, "p_value": estimate.p_value}


def _series(measured: Measured, units: Units) -> list[dict[str, Any]]:
    """Observed and expected outcome per period; the range is that of single periods before the test."""
    test = measured.test
    treated = len(test.treated)
    observed, expected = test.treated_mean * treated, measured.primary.counterfactual * treated
    half = float(norm.ppf(UPPER) * (observed - expected)[test.pre].std(ddof=1))
    kind = np.where(test.pre, "before", np.where(test.dates <= test.end, "test", "cooldown"))
    frame = pd.DataFrame(
        {
            "date": test.dates,
            "observed": observed * units.shown,
            "expected_mean": expected * units.shown,
            "expected_q05": (expected - half) * units.shown,
            "expected_q95": (expected + half) * units.shown,
            "period": kind,
        }
    )
    return frame.to_dict("records")


def _balance(test: Mapping, panel: pd.DataFrame, settings: Mapping) -> list[dict[str, Any]]:
    outcome = panel.pivot(index="date", columns="region", values="outcome").sort_index()
    known = pd.DataFrame.from_dict(settings.get("regions") or {}, orient="index")
    heads = known.get("population")
    pre = np.asarray(outcome.index < test["start"])
    return compute_balance(
        outcome, test["regions"], pre, attributes=known if len(known.columns) else None, heads=heads
    ).to_dict("records")


def measure_pauses(panel: pd.DataFrame, settings: Mapping, units: Units) -> list[dict[str, Any]]:
    """Rows of `experiments` about pauses that nobody planned, by the primary method."""
    specs = settings["channels"].items()
    local = [c for c, spec in specs if spec.get("paid", True) and spec.get("level") != "national"]
    rows, cooldown = [], max((cooldown_of(settings, c) for c in local), default=0)
    for pause in find_pauses(panel, local, declared_tests(settings), cooldown=cooldown):
        try:
            primary = estimate_primary(to_geo_test(panel, pause, settings))
        except ValueError:
            continue
        row = _row(pause | {"kind": "natural"}, units)
        result = _result(primary.total, spread(primary), row, units)
        own = {"method": PRIMARY, "p_value": primary.p_value, "source": "measured"}
        rows.append(row | result | own | {"verdict": verdict(result, primary.p_value, [])})
    return rows
