"""Charts of a holdout among people: what treatment adds by segment and region, and how well users can be ranked."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from mmm_helpers.report.experiments.uplift_words import ALL, name_group, points_interval
from mmm_helpers.report.style import (
    ACCENT,
    QUIET,
    TEXT,
    WARN,
    annotate_right,
    draw_interval,
    name_rows,
    new_axes,
)

MOST_ROWS = 24
"""With more groups of region and segment the chart shows regions and segments by themselves; the table holds all."""
PER = 1000
"""People for whom the Qini curve's conversions are counted."""


def plot_uplift(uplift: pd.DataFrame, *, truth: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """Uplift of the conversions by region and segment, as dot and 90 % range; grey where it is not to be trusted.

    Parameters
    ----------
    uplift : rows of the table `uplift` of one channel, one method and outcome converted.
    truth : region, segment, uplift; None for real data.
    """
    rows = shown_groups(uplift)
    ax = new_axes(height=1.0 + 0.27 * len(rows), ax=ax)
    known = {} if truth is None else truth.set_index(["region", "segment"])["uplift"].to_dict()
    for y, row in enumerate(rows.itertuples()):
        color = QUIET if isinstance(row.marked, str) and row.marked else ACCENT
        draw_interval(ax, y, row.uplift_mean, row.uplift_q05, row.uplift_q95, color=color, size=5.5)
        annotate_right(ax, y, points_interval(row.uplift_mean, row.uplift_q05, row.uplift_q95))
        if (row.region, row.segment) in known:
            ax.plot([known[row.region, row.segment]], [y], "|", color=WARN, markersize=12, mew=2, zorder=4)
    name_rows(ax, [name_group(row.region, row.segment) for row in rows.itertuples()])
    ax.axvline(0, color=TEXT, linewidth=0.8)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g}".replace("-", "−"))
    ax.set_xlabel("percentage points more who convert" + (" (red: the truth)" if known else ""))
    return ax


def shown_groups(uplift: pd.DataFrame) -> pd.DataFrame:
    """The rows that a chart has room for: everybody, then regions with their segments, or each by itself.

    Parameters
    ----------
    uplift : rows of one channel, method and outcome.
    """
    both = (uplift["region"] != ALL) & (uplift["segment"] != ALL)
    if len(uplift) <= MOST_ROWS or not both.any():
        return uplift
    return uplift[~both]


def plot_qini(curve: pd.DataFrame, *, best: pd.DataFrame | None = None, ax: Axes | None = None) -> Axes:
    """The Qini curve with its 90 % range, against drawing people by lot.

    Parameters
    ----------
    curve : rows of the table `uplift_curve` of one channel: share, uplift_mean, uplift_q05, uplift_q95, random.
    best : share, uplift of a ranking by the true uplift; None for real data.
    """
    ax = new_axes(height=3.4, ax=ax)
    share, scaled = curve["share"], curve.filter(regex="uplift_|random") * PER
    ax.fill_between(share, scaled["uplift_q05"], scaled["uplift_q95"], color=ACCENT, alpha=0.2, lw=0)
    ax.plot(share, scaled["random"], color=QUIET, linewidth=1.3, linestyle=(0, (4, 3)))
    ax.plot(share, scaled["uplift_mean"], color=ACCENT, linewidth=1.8)
    _name_line(ax, 0.4, share, scaled["uplift_mean"], "ranked by the T-learner", ACCENT, above=False)
    _name_line(ax, 0.62, share, scaled["random"], "drawn by lot", QUIET, above=False)
    if best is not None:
        ax.plot(best["share"], best["uplift"] * PER, color=WARN, linewidth=1.1)
        _name_line(
            ax, 0.6, best["share"], best["uplift"] * PER, "the best there could be (truth)", WARN, above=True
        )
    ax.axhline(0, color=TEXT, linewidth=0.8)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.set_xlabel("share of people treated, highest ranked first")
    ax.set_ylabel(f"more conversions per {PER:,} people")
    return ax


def _name_line(
    ax: Axes, at: float, share: pd.Series, height: pd.Series, text: str, color: str, *, above: bool
) -> None:
    """Write a line's name beside it at a share."""
    nearest = (share - at).abs().idxmin()
    ax.annotate(
        text, (share[nearest], height[nearest]), xytext=(-6, 5) if above else (6, -5), textcoords="offset points",
        ha="right" if above else "left", va="bottom" if above else "top", color=color, fontsize=8.5,
    )  # fmt: skip
