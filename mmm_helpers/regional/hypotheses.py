"""Explanations of a region's higher cost per conversion, each with the part of the gap that it accounts for.

Each explanation has a driver that platforms report, and a link of the chain that the driver would work through. How
strongly it does is estimated from all regions and all periods of the year, comparing the same channel in the same
period (`robust.within_regression`); the part of the gap is that slope times how the two regions differ in the driver.
So an explanation counts only if regions differ in it *and* costs follow it. What no driver accounts for is left over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mmm_helpers.regional.chains import block_totals, shared_channels
from mmm_helpers.regional.divisia import ALL, GAP, MIX, chain_items, log_mean
from mmm_helpers.regional.robust import Slopes, within_regression

LINKS = {"pressure": ("log_cpm", 1), "frequency": ("log_yield", -1), "days": ("log_yield", -1)}
"""Driver → the link that it works through, and whether more of the link makes a conversion dearer."""
HYPOTHESES = {
    "competition": "pressure",
    "saturation": "frequency",
    "purchase_cycle": "days",
    "media_cost": "",
    "mix": "",
    "rest": "",
}
"""Explanation → its driver. Media cost is what competition leaves of CPM, the mix is measured, the rest is what nothing
accounts for."""
COLUMNS = ["hypothesis", "driver", "slope", "slope_se", "df", "difference", "part_mean", "part_q05", "part_q95",
           "p_value", "verdict"]  # fmt: skip


def estimate_slopes(
    cells: pd.DataFrame, *, controls: Sequence[str] = ()
) -> dict[str, tuple[float, float, float]]:
    """How strongly each driver moves its link: driver → (elasticity, standard error, degrees of freedom).

    With three regions or more, regions are compared within channel and period, and a region is one observation. With
    two, that would explain every gap by every difference: only what moves over time within the regions counts, and
    thirteen stretches of the year are the observations.

    Parameters
    ----------
    cells : result of `drivers.driver_rows`.
    controls : its columns that are held fixed where they vary between regions.
    """
    slopes = {}
    for link in dict.fromkeys(link for link, _ in LINKS.values()):
        drivers = [d for d, (to, _) in LINKS.items() if to == link and cells[d].notna().any()]
        found = _regress(cells, link, drivers, list(controls)) if drivers else None
        for k, driver in enumerate(drivers):
            slopes[driver] = (found.value[k], found.se[k], found.df[k])
    return slopes


def _regress(cells: pd.DataFrame, link: str, drivers: list[str], controls: list[str]) -> Slopes:
    known = cells.dropna(subset=[link, *drivers, *controls])
    if known["region"].nunique() == 2:
        return _regress_two(known, link, [*drivers, *controls])
    groups = known.groupby(["channel", "period"]).ngroup().to_numpy()
    columns = [*drivers, *_moving(known, controls, groups)]
    return within_regression(
        known[link].to_numpy(),
        known[columns].to_numpy(),
        groups=groups,
        clusters=known["region"].to_numpy(str),
    )


def _regress_two(known: pd.DataFrame, link: str, columns: list[str]) -> Slopes:
    """Two regions: their difference over time, by channel."""
    wide = known.pivot(
        index=["channel", "block", "period"], columns="region", values=[link, *columns]
    ).dropna()
    one, other = wide.columns.levels[1][:2]
    change = (wide.xs(other, axis=1, level=1) - wide.xs(one, axis=1, level=1)).reset_index()
    groups = change.groupby("channel").ngroup().to_numpy()
    kept = [c for c in columns if c in LINKS or c in _moving(change, [c], groups)]
    return within_regression(
        change[link].to_numpy(), change[kept].to_numpy(), groups=groups, clusters=change["block"].to_numpy()
    )


def _moving(frame: pd.DataFrame, columns: list[str], groups: np.ndarray) -> list[str]:
    """Columns that vary within groups."""
    return [c for c in columns if frame.groupby(groups)[c].transform("std").fillna(0).gt(1e-9).any()]


def compute_hypotheses(
    rows: pd.DataFrame, cells: pd.DataFrame, gap: pd.DataFrame, *, controls: Sequence[str] = ()
) -> pd.DataFrame:
    """Explanations of the gap between two regions, the best supported first.

    Parameters
    ----------
    rows : result of `chains.delivery_rows`. cells : of `drivers.driver_rows`.
    gap : of `divisia.compute_gap` for the chain `impression`.

    Returns
    -------
    One row per explanation: `hypothesis, driver, slope, slope_se, df, difference` (of the driver, in logs, region minus
    base), `part_mean, part_q05, part_q95` (money of the gap; parts add up to it), `p_value` (two-sided), `verdict`:
    `supported` (the whole interval makes the region dearer), `works against`, `open`, `not known`, `left over`. In
    order of what an explanation accounts for at least, its lower bound; the rest last.
    """
    base, region = gap[["base", "region"]].iloc[0]
    weights = _weights(rows, base, region)
    slopes = estimate_slopes(cells, controls=controls)
    parts = {h: _part(cells, slopes.get(d), d, weights, base, region) for h, d in HYPOTHESES.items() if d}
    whole = gap[gap["channel"] == ALL].set_index("factor")
    cost, mix, total = (_measured(whole.loc[f]) for f in ("cpm", MIX, GAP))
    parts |= {"mix": mix, "media_cost": _less(cost, [parts["competition"]])}
    parts["rest"] = _less(total, [cost, mix, parts["saturation"], parts["purchase_cycle"]])
    table = pd.DataFrame([_row(h, parts[h], slopes) for h in HYPOTHESES], columns=COLUMNS)
    last = table["hypothesis"].eq("rest")
    return table.assign(last=last).sort_values(
        ["last", "part_q05"], ascending=[True, False], ignore_index=True
    )[COLUMNS]


Part = tuple[float, float, float, float]
"""Mean, standard error, degrees of freedom, difference of the driver."""
MANY = 1e6


def _weights(rows: pd.DataFrame, base: str, region: str) -> pd.Series:
    """Channel → logarithmic mean of its cost per conversion of the region: money for a log point."""
    channels = shared_channels(rows, "impression")
    blocks = block_totals(rows, regions=[base, region], channels=channels)
    costs = chain_items({n: v.sum(axis=0) for n, v in blocks.items()}, "impression").prod(axis=-1)
    return pd.Series(log_mean(costs[1], costs[0]), index=channels)


def _part(
    cells: pd.DataFrame,
    slope: tuple[float, float, float] | None,
    driver: str,
    weights: pd.Series,
    base: str,
    region: str,
) -> Part:
    """Slope times difference in the driver, in money; both are uncertain."""
    if slope is None:
        return (np.nan,) * 4
    wide = cells.pivot(index=["channel", "period"], columns="region", values=driver)
    change = (wide[region] - wide[base]).groupby(level="channel").agg(["mean", "sem"]).dropna()
    weight = weights.reindex(change.index).fillna(0.0)
    if change.empty or not weight.sum():
        return (np.nan,) * 4
    distance = float((weight * change["mean"]).sum())
    unsure = float(np.sqrt(((weight * change["sem"]) ** 2).sum()))
    sign = LINKS[driver][1]
    value, se, df = slope
    return sign * value * distance, np.hypot(distance * se, value * unsure), df, distance / weight.sum()


def _measured(row: pd.Series) -> Part:
    """A part of the exact decomposition; its interval is wide enough for a normal error."""
    se = (row["part_q95"] - row["part_q05"]) / 2 / stats.norm.ppf(0.95)
    return float(row["part_mean"]), float(se), MANY, np.nan


def _less(whole: Part, taken: Sequence[Part]) -> Part:
    """What is left of a part after others; a part that is not known takes nothing."""
    taken = [p for p in taken if np.isfinite(p[0])]
    unsure = [p for p in (whole, *taken) if p[1] > 0]
    mean = whole[0] - sum(p[0] for p in taken)
    variance = sum(p[1] ** 2 for p in unsure)
    # degrees of freedom of a sum of independent errors: Welch (1947)
    df = variance**2 / sum(p[1] ** 4 / p[2] for p in unsure) if unsure else np.nan
    return mean, float(np.sqrt(variance)) if unsure else np.nan, df, np.nan


def _row(hypothesis: str, part: Part, slopes: dict[str, tuple[float, float, float]]) -> list:
    mean, se, df, difference = part
    driver = HYPOTHESES[hypothesis]
    slope = slopes.get(driver, (np.nan,) * 3)
    wide = se * stats.t.ppf(0.95, df)
    p = 2 * stats.t.sf(abs(mean) / se, df) if np.isfinite(se) and se > 0 else np.nan
    low, high = mean - wide, mean + wide
    verdict = "left over" if hypothesis == "rest" else _verdict(low, high)
    return [hypothesis, driver, slope[0], slope[1], df, difference, mean, low, high, p, verdict]


def _verdict(low: float, high: float) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return "not known"
    if low > 0:
        return "supported"
    return "works against" if high < 0 else "open"
