"""What the gate checked and what a reader should know about the data: the table `data_quality`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.inputs.assumed import assumption_rows
from mmm_helpers.inputs.panel import Unified
from mmm_helpers.inputs.portfolio import Portfolio
from mmm_helpers.inputs.reading import Reading

SHORT_YEARS = 2.0
"""Under two years the yearly season is not seen twice, and cannot be told from a trend."""
COLLINEAR = 0.8
"""Correlation from which two channels' separate effects are hard to tell apart."""
OUTLIER = 6.0
"""Robust z-score (median and MAD) of log outcome from which a period is pointed out."""
CONSERVED = 1e-6
"""Relative difference of totals that is still rounding."""


def compute_quality(
    portfolio: Portfolio, market: str, unified: Unified, status: pd.DataFrame
) -> pd.DataFrame:
    """Checks of a market's panel.

    Returns
    -------
    DataFrame with market, check, status ("pass" or "review"), value, detail.
    """
    panel, axes = unified.panel, unified.axes
    rows = [
        _periods(axes),
        ("regions", True, float(len(axes.regions)), ", ".join(axes.regions)),
        _unknown_outcome(unified),
        _nonpositive(panel),
        _outliers(panel),
        *(_conserved(name, unified) for name in _additive(unified) if not _is_metric(name)),
        _conserved_metrics(unified),
        *_filled(unified),
        *_late_exports(unified),
        *_channels(status),
        *_unknown_spend(unified),
        _collinear(panel),
        *_impossible(panel),
        *assumption_rows(portfolio, market, unified),
    ]
    table = pd.DataFrame(rows, columns=["check", "status", "value", "detail"])
    table["status"] = np.where(table["status"].astype("bool"), "pass", "review")
    table.insert(0, "market", market)
    return table


def _periods(axes) -> tuple:
    years = {"daily": 365.25, "weekly": 365.25 / 7, "monthly": 12}[axes.frequency]
    axes = axes.main
    count = len(axes.periods)
    detail = f"{axes.periods[0].date()} to {axes.ends[-1].date()}, {axes.frequency}"
    return "periods", count / years >= SHORT_YEARS, float(count), detail


def _unknown_outcome(unified: Unified) -> tuple:
    unknown = np.isnan(unified.filled["outcome"].values) & unified.span
    share = float(unknown.sum() / unified.span.sum())
    return "outcome_unknown_share", share == 0, share, "share of cells declared unknown; masked in the fit"


def _nonpositive(panel: pd.DataFrame) -> tuple:
    count = int((panel["outcome"] <= 0).sum())
    return "outcome_not_positive", count == 0, float(count), "cells with an outcome of zero or less"


def _outliers(panel: pd.DataFrame) -> tuple:
    log = np.log(panel["outcome"].where(panel["outcome"] > 0))
    centre = log - log.groupby(panel["region"]).transform("median")
    spread = centre.abs().groupby(panel["region"]).transform("median") * 1.4826
    found = panel[(centre.abs() > OUTLIER * spread) & (spread > 0)]
    dates = ", ".join(sorted({str(d.date()) for d in found["date"]})[:5])
    return "outcome_outliers", found.empty, float(len(found)), dates or "none"


def _additive(unified: Unified) -> list[str]:
    return sorted({n for r in unified.readings if r.steps for n in r.steps[0].totals_after})


def _conserved(name: str, unified: Unified) -> tuple:
    """Raw total minus what was set aside on record, against the panel's total."""
    given = [r for r in unified.readings if name in r.columns]
    raw = sum(r.steps[0].totals_after.get(name, 0.0) for r in given)
    kept = sum(_last(r).get(name, 0.0) for r in given) - unified.filled[name].aside
    total = float(unified.panel[name].sum())
    miss = abs(total - kept) / max(abs(kept), 1.0)
    aside = (
        f"; {raw - kept:,.2f} outside the dates or unknown" if abs(raw - kept) > CONSERVED * abs(raw) else ""
    )
    return f"total_{name}", miss <= CONSERVED, miss, f"raw {raw:,.2f}, panel {total:,.2f}{aside}"


def _is_metric(name: str) -> bool:
    return name != "outcome" and not name.startswith(("spend_", "activity_"))


def _conserved_metrics(unified: Unified) -> tuple:
    misses = [_conserved(n, unified)[2] for n in _additive(unified) if _is_metric(n)]
    worst = max(misses, default=0.0)
    return "total_metrics", worst <= CONSERVED, worst, f"{len(misses)} delivery metrics: largest difference"


def _last(reading: Reading) -> dict[str, float]:
    return reading.steps[-1].totals_after


def _filled(unified: Unified) -> list[tuple]:
    rows = []
    for name, filled in unified.filled.items():
        if filled.zeros and name.startswith("spend_"):
            detail = "region-periods without a row in a daily export: no delivery, so zero"
            rows.append((f"no_delivery_{name}", True, float(filled.zeros), detail))
        if filled.late and name.startswith("spend_"):
            detail = "region-periods before the first row: counted as not started; declare unknown if it ran"
            rows.append((f"before_start_{name}", False, float(filled.late), detail))
    return rows


def _late_exports(unified: Unified) -> list[tuple]:
    """Daily exports that begin after the outcome: cut off too late, or the channels had not started."""
    start, end = unified.axes.main.periods[0], unified.axes.main.ends[0]
    late = [r for r in unified.readings if r.sparse and r.first > end]
    detail = "its channels count as not started before; declare unknown if they ran"
    return [
        (f"late_{r.place.file}", False, float((r.first - start).days), f"days after the outcome; {detail}")
        for r in late
    ]


def _channels(status: pd.DataFrame) -> list[tuple]:
    rows = []
    for channel, own in status.groupby("channel", sort=False):
        if (own["status"] == "absent").all():
            rows.append((f"channel_{channel}", True, 0.0, "absent: never any in this market"))
        else:
            first = own["first_date"].min()
            count = float((own["status"] == "active").sum())
            rows.append((f"channel_{channel}", True, count, f"regions active; first in {first}"))
    return rows


def _unknown_spend(unified: Unified) -> list[tuple]:
    names = [n for n in unified.filled if n.startswith(("spend_", "activity_"))]
    counts = {n: int((np.isnan(unified.filled[n].values) & unified.span).sum()) for n in names}
    detail = "cells declared unknown; the periods that they carry into are masked"
    return [(f"unknown_{n}", False, float(counts[n]), detail) for n in names if counts[n]]


def _collinear(panel: pd.DataFrame) -> tuple:
    """The most alike pair of channels, over the market's totals."""
    names = [c for c in panel if c.startswith("spend_")]
    spend = panel.groupby("date")[names].sum()
    spend = spend.loc[:, spend.std() > 0]
    if spend.shape[1] < 2:
        return "collinear_channels", True, 0.0, "fewer than two channels with varying spend"
    matrix = spend.corr().to_numpy(copy=True)
    matrix[np.tril_indices_from(matrix)] = 0
    row, column = np.unravel_index(np.abs(matrix).argmax(), matrix.shape)
    value = float(matrix[row, column])
    pair = f"{spend.columns[row].removeprefix('spend_')} and {spend.columns[column].removeprefix('spend_')}"
    return "collinear_channels", abs(value) < COLLINEAR, value, f"highest correlation of spend: {pair}"


def _impossible(panel: pd.DataFrame) -> list[tuple]:
    """Delivery that exceeds what it is part of."""
    rows = []
    for part, whole in (
        ("clicks", "impressions"),
        ("viewable_impressions", "impressions"),
        ("reach", "impressions"),
    ):
        names = [c for c in panel if c.startswith(f"{part}_")]
        pairs = [(c, f"{whole}_{c.removeprefix(f'{part}_')}") for c in names]
        count = sum(int((panel[a] > panel[b]).sum()) for a, b in pairs if b in panel)
        rows.append((f"{part}_above_{whole}", count == 0, float(count), "cells"))
    return rows
