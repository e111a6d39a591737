"""From a measured test to the rows that pymc-marketing is calibrated with, and how far off a steady state is.

`MMM.add_lift_test_measurements` holds sat(x + delta_x) − sat(x) against `delta_y`: per period and region, in original
units, as if spend had been at its new level for ever. A test is known by its totals, over regions, its periods and
those that its effect is carried into. Lag weights add up to 1, so under a linear response total / periods is what the
steady state would bring; under a curved one the two differ (`steady_state_gap`), and the rows' error has to know it.

One test of k regions becomes k rows that tell what the test tells about a return that the regions share: outcome and
variance are split in proportion to the spend that moved. They also say that the regions' returns were alike, which
nobody has measured: k rows make k − 1 such claims.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
import pandas as pd
from scipy.stats import norm

from mmm_helpers.experiments.lift import Lift, SpendPaths
from mmm_helpers.intervals import LOWER, UPPER

Response = Callable[[np.ndarray], np.ndarray]
"""Carried-over spend (sample or 1, periods, regions) → outcome that it brings (sample, periods, regions)."""

WHOLE = 0.9
"""Share of a channel's spend that a test has to move to speak for the return of all of it."""
ROUNDED = 1.05
"""How much above all that was ever spent or sold a value per period may be: books and panels differ a little."""
SAME = 0.01
"""How far, as a share, the change of spend of paths may be from that of their test."""
NUMBERS = ("x", "delta_x", "delta_y", "sigma")


def compute_lift_rows(lift: Lift, paths: SpendPaths, *, dim: str = "region") -> pd.DataFrame:
    """Rows for `MMM.add_lift_test_measurements`: per period and region, original units, steady state.

    Σ delta_y · periods is the test's total and √Σ(sigma · periods)² its sd.

    Parameters
    ----------
    lift : with the error of the steady state added (`Lift.with_gap`), unless the response is linear.
    dim : the model's name for regions.

    Returns
    -------
    channel, <dim>, x, delta_x, delta_y, sigma; a row per region.

    Raises
    ------
    ValueError : paths of another test: other regions, periods or change of spend.

    Examples
    --------
    >>> from mmm_helpers.experiments.lift import spend_paths
    >>> days = pd.date_range("2024-01-01", periods=3, freq="7D")
    >>> lift = Lift("dark", "tv", ("A", "B"), days[1], days[2], 2, total=-120.0, sd=30.0, spend_change=-100.0)
    >>> spend = pd.DataFrame({"A": [40.0, 0.0, 0.0], "B": [10.0, 0.0, 0.0]}, days)
    >>> compute_lift_rows(lift, spend_paths(spend, lift, lags=1)).round(1)
      channel region     x  delta_x  delta_y  sigma
    0      tv      A  40.0    -40.0    -48.0   13.4
    1      tv      B  10.0    -10.0    -12.0    6.7
    """
    change = float(paths.change.sum())
    expected = (set(lift.regions), lift.periods, lift.spend_change)
    if (set(paths.change.index), paths.periods) != expected[:2] or not np.isclose(
        change, expected[2], rtol=SAME
    ):
        raise ValueError(
            f"'paths' must be those of the test, {expected}. Got a change of {change:+,.10g} instead."
        )
    share = (paths.change / change).to_numpy()
    return pd.DataFrame(
        {
            "channel": lift.channel,
            dim: list(paths.change.index),
            "x": paths.level.to_numpy(),
            "delta_x": paths.delta.to_numpy(),
            "delta_y": lift.total * share / paths.periods,
            "sigma": lift.sd * np.sqrt(share) / paths.periods,
        }
    )


def compute_return_rows(
    lift: Lift, paths: SpendPaths, *, dim: str = "region", target_column: str = "roas"
) -> pd.DataFrame:
    """Rows for `MMM.add_cost_per_target_calibration(…, target_per_cost=True)`: outcome per spend, by region.

    pymc-marketing holds them against the mean return of all spend in the whole window. So they are for tests that
    moved all spend, in a time that stands for the window.

    Returns
    -------
    channel, <dim>, <target_column>, sigma; a row per region.

    Raises
    ------
    ValueError : the test moved a part of the spend only: it tells a marginal return, which is another quantity.
    """
    spent = paths.actual[paths.during].sum(), paths.without[paths.during].sum()
    moved = float(abs(paths.change).sum() / np.maximum(*spent).sum())
    if moved < WHOLE:
        got = f"{moved:.0%} of it; use compute_lift_rows instead"
        raise ValueError(f"A test tells the return of all spend if it moved {WHOLE:.0%} of it. Got {got}.")
    rows = compute_lift_rows(lift, paths, dim=dim)
    rows[target_column] = rows["delta_y"] / rows["delta_x"]
    rows["sigma"] = rows["sigma"] / rows["delta_x"].abs()
    return rows[["channel", dim, target_column, "sigma"]]


def check_rows(rows: pd.DataFrame, panel: pd.DataFrame, *, dim: str = "region") -> pd.DataFrame:
    """Rows for `MMM.add_lift_test_measurements`, whoever wrote them, held against the panel.

    pymc-marketing takes contradicting signs, spend below zero and a test's total for a period's value in silence.

    Parameters
    ----------
    rows : channel, <dim>, x, delta_x, delta_y, sigma. panel : date, region, outcome, spend_<channel>.

    Returns
    -------
    The rows as they are.

    Raises
    ------
    ValueError : missing columns, unknown channels or regions, numbers that are none, sigma ≤ 0, spend below zero,
        totals where a value per period is expected, contradicting signs; with the row.
    """
    missing = [c for c in ("channel", dim, *NUMBERS) if c not in rows]
    if missing:
        raise ValueError(f"Rows need the columns channel, {dim}, {', '.join(NUMBERS)}. Missing: {missing}.")
    for label, row in rows.iterrows():
        fault = _row_fault(row, panel, row[dim])
        if fault:
            raise ValueError(f"Row {label} ({row['channel']}, {row[dim]}): {fault}.")
    return rows


def _row_fault(row: pd.Series, panel: pd.DataFrame, region: Hashable) -> str:
    """What is wrong with a row; empty if nothing."""
    cells, spend = panel[panel["region"] == region], f"spend_{row['channel']}"
    if spend not in panel or cells.empty:
        return "channel and region must be those of the panel"
    x, delta_x, delta_y, sigma = (float(row[name]) for name in NUMBERS)
    if not np.isfinite([x, delta_x, delta_y, sigma]).all() or sigma <= 0:
        return f"all values must be known and sigma above zero. Got {x}, {delta_x}, {delta_y}, {sigma}"
    if x < 0 or x + delta_x < -1e-9 * x:
        return f"spend must not fall below zero: x {x:,.10g}, delta_x {delta_x:+,.10g}; are they per period?"
    most, sold = float(cells[spend].max()), float(cells["outcome"].mean())
    if x + max(delta_x, 0) > ROUNDED * most:
        return f"x and delta_x must be per period, of which none has more than {most:,.10g}. Got {x + delta_x:,.10g}"
    if abs(delta_y) > ROUNDED * sold:
        return (
            f"delta_y must be per period, whose mean outcome is {sold:,.10g}. Got {delta_y:+,.10g}: a total?"
        )
    if delta_y * np.sign(delta_x) < -norm.ppf(UPPER) * sigma:
        return f"signs contradict: delta_y {delta_y:+,.10g} for delta_x {delta_x:+,.10g}"
    return ""


def forward_lift(
    actual: np.ndarray, without: np.ndarray, *, weights: np.ndarray, response: Response
) -> np.ndarray:
    """What a model expects a test to have brought: its forward pass on one spend path minus that on the other.

    Parameters
    ----------
    actual, without : (t, r) spend as it was and as it would have been, from l_max − 1 periods before the test to
        l_max − 1 after it, as far as the data go.
    weights : (sample, l_max) lag weights; the first is that of the period itself.
    response : of carried-over spend.

    Returns
    -------
    Shape (sample, r), in the outcome's unit, summed over periods.

    Raises
    ------
    ValueError : paths of different shapes, or that differ in the first l_max − 1 periods: what is carried from
        before them is not known.

    Examples
    --------
    >>> paths = np.array([[5.0], [0.0], [5.0]]), np.array([[5.0], [5.0], [5.0]])
    >>> forward_lift(*paths, weights=np.array([[0.75, 0.25]]), response=lambda x: 2 * x).tolist()
    [[-10.0]]
    """
    reach = weights.shape[1] - 1
    if actual.shape != without.shape or len(actual) <= reach:
        raise ValueError(
            f"Paths must be of one shape, {reach + 1} periods at least. Got {actual.shape} and {without.shape}."
        )
    if not np.array_equal(actual[:reach], without[:reach]):
        raise ValueError(f"Paths must agree in their first {reach} periods, those before the test.")
    return (response(_carry(actual, weights)) - response(_carry(without, weights))).sum(axis=1)


def _carry(spend: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(sample, t − l_max + 1, r) carried-over spend of the periods whose past is given in full."""
    past = np.lib.stride_tricks.sliding_window_view(spend, weights.shape[1], axis=0)[..., ::-1]
    return np.einsum("sl,trl->str", weights, past)


def steady_state_lift(paths: SpendPaths, response: Response) -> np.ndarray:
    """What pymc-marketing's rows stand for, summed over the test's periods: shape (sample, r)."""
    x = paths.level.to_numpy()[None, None, :]
    moved = x + paths.delta.to_numpy()
    return paths.periods * (response(moved) - response(x))[:, 0, :]


def steady_state_gap(paths: SpendPaths, *, weights: np.ndarray, response: Response) -> np.ndarray:
    """How much more a test brings by the forward pass than in the steady state of its rows, over all regions.

    Parameters
    ----------
    weights, response : draws that do not know of the test, of a fit without it or of the prior.

    Returns
    -------
    Shape (sample,), in the outcome's unit; zero under a linear response, if the panel holds the whole cool-down.
    """
    actual, without = (path.to_numpy() for path in (paths.actual, paths.without))
    forward = forward_lift(actual, without, weights=weights, response=response)
    return (forward - steady_state_lift(paths, response)).sum(axis=1)


def describe_gap(lift: Lift, gap: np.ndarray) -> str:
    """What taking a test for a steady state costs, in a sentence.

    Parameters
    ----------
    lift : as measured, before `with_gap`. gap : (sample,).

    Examples
    --------
    >>> day = pd.Timestamp("2024-01-01")
    >>> lift = Lift("dark", "tv", ("A",), day, day, 1, total=-100.0, sd=40.0, spend_change=-50.0)
    >>> print(describe_gap(lift, np.array([30.0, 30.0])))
    dark: the steady state of its rows is off by +30 [+30, +30] of a lift of -100: the error grows from 40 to 50.
    """
    low, high = np.quantile(gap, [LOWER, UPPER])
    off = f"{gap.mean():+,.4g} [{low:+,.4g}, {high:+,.4g}] of a lift of {lift.total:+,.4g}"
    grown = f"the error grows from {lift.sd:,.4g} to {lift.with_gap(gap).sd:,.4g}"
    return f"{lift.experiment}: the steady state of its rows is off by {off}: {grown}."
