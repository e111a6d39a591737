"""The same regression on the same data, summed to longer periods: what is lost when weeks become months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mmm_helpers.regression.checks import compute_condition
from mmm_helpers.regression.design import RegressionData, build_regression_data, select_region
from mmm_helpers.regression.grid import search_retentions
from mmm_helpers.regression.ols import OlsFit, find_obstacle, fit_ols

COARSER = {"day": ("week", "month"), "week": ("month",), "month": ()}
"""Longer periods that data of each unit are summed to."""

FEWEST_ROWS = 1.2
"""Periods for each coefficient below which even the comparison has no numbers; far fewer than a result needs."""

STEP = {"day": pd.Timedelta(days=1), "week": pd.Timedelta(days=7)}


@dataclass(frozen=True)
class Comparison:
    """Regressions of one region on shorter and longer periods.

    Parameters
    ----------
    returns : `variant` (every week, …), `unit`, `channel`, `retention, roas_*, vif`, one row a channel and unit.
    summary : one row a unit: `unit, periods, coefficients, spare, condition, vif` (median of the channels),
        `width` (median of the widths of the channels' intervals, as multiples of the finest unit's),
        `plain_width` (see `OlsFit`).
    obstacles : sentences, one a unit on which there can be no regression.
    """

    returns: pd.DataFrame
    summary: pd.DataFrame
    obstacles: list[str]


def sum_to(panel: pd.DataFrame, *, region: str, unit: str, to: str) -> pd.DataFrame:
    """One region's panel by week or month; sums are divided by the number of short periods in each.

    A month holds four or five weeks: plain sums would rise and fall with that number, all columns together.
    A week belongs to the month of its fourth day. Periods that the data cover only in part are left out; one
    unknown value makes the whole period unknown.

    Parameters
    ----------
    panel : one market.
    region : name of the region.
    unit : day or week; to : week or month.
    """
    rows = select_region(panel, region)
    values = rows[[c for c in rows if c == "outcome" or c.startswith(("spend_", "control_", "holiday"))]]
    middle = rows.index + (STEP[unit] // 2)
    step = STEP[unit]
    label = _label(middle, to)
    means = values.astype(float).groupby(label).agg(lambda v: v.mean(skipna=False))
    # The first and the last are whole only if the next short period would belong elsewhere.
    cut = {label[0]} if _label(middle[:1] - step, to)[0] == label[0] else set()
    cut |= {label[-1]} if _label(middle[-1:] + step, to)[0] == label[-1] else set()
    return means.drop(index=cut).rename_axis("date").reset_index().assign(region=region)


def compare_units(
    panel: pd.DataFrame, data: RegressionData, fit: OlsFit, *, channels: Sequence[str]
) -> Comparison:
    """Put the regression beside the same one on longer periods; carry-over is searched anew for each.

    Parameters
    ----------
    panel : one market, outcome in money.
    data, fit : the regression of the panel's own periods.
    channels : of the regression.
    """
    found = {data.unit: (data, fit)}
    obstacles = []
    for unit in COARSER[data.unit]:
        longer = sum_to(panel, region=data.region, unit=data.unit, to=unit)
        summed = build_regression_data(longer, region=data.region, channels=channels, unit=unit)
        obstacle = find_obstacle(summed, rows_per_coefficient=FEWEST_ROWS)
        if obstacle:
            obstacles.append(obstacle)
            continue
        found[unit] = (summed, fit_ols(summed, search_retentions(summed).best))
    return Comparison(_returns(found), _summary(found), obstacles)


def _label(middle: pd.DatetimeIndex, to: str) -> pd.DatetimeIndex:
    return middle.to_period("M" if to == "month" else "W").to_timestamp()


def _returns(found: dict[str, tuple[RegressionData, OlsFit]]) -> pd.DataFrame:
    parts = [
        fit.returns.drop(columns=["spend"]).assign(unit=unit, variant=f"every {unit}")
        for unit, (_, fit) in found.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _summary(found: dict[str, tuple[RegressionData, OlsFit]]) -> pd.DataFrame:
    width = {u: fit.returns["roas_q95"] - fit.returns["roas_q05"] for u, (_, fit) in found.items()}
    finest = next(iter(width.values()))
    rows = [
        {
            "unit": unit,
            "periods": len(fit.columns),
            "coefficients": data.coefficients,
            "spare": len(fit.columns) - data.coefficients,
            "condition": compute_condition(fit.columns),
            "vif": float(fit.returns["vif"].median()),
            "width": float((width[unit] / finest).median()),
            "plain_width": fit.plain_width,
        }
        for unit, (data, fit) in found.items()
    ]
    return pd.DataFrame(rows)
