"""Chart of when to spend: each channel's course over the coming periods beside even spending."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.budget.pacing_page import by_channel
from mmm_helpers.report.style import QUIET, cap, date_axis, money_axis, new_grid

MOST_PANELS = 12


def plot_pacing(
    pacing: pd.DataFrame, *, labels: Mapping[str, str], colors: Mapping[str, str], currency: str
) -> list[Axes]:
    """Small multiples, the largest gain first: even spending dashed, the course as steps, the most seen dotted.

    Parameters
    ----------
    pacing : table `budget_pacing` with rows.
    """
    channels, _ = cap(by_channel(pacing)["channel"].tolist(), most=MOST_PANELS)
    grid = new_grid(len(channels), columns=3, height=1.75)
    for ax, channel in zip(grid, channels, strict=True):
        rows = pacing[pacing["channel"] == channel]
        dates, even = pd.to_datetime(rows["date"]), float(rows["even"].iloc[0])
        ax.step(dates, rows["paced"], where="mid", color=colors.get(channel, QUIET), linewidth=2)
        ax.axhline(even, color="#3B4149", linewidth=1, linestyle="--")
        ax.axhline(float(rows["most_seen"].iloc[0]), color=QUIET, linewidth=1, linestyle=":")
        ax.set_ylim(0, 1.1 * float(rows["most_seen"].iloc[0]))
        ax.set_title(labels.get(channel, channel))
        money_axis(ax, currency)
        ax.locator_params(axis="y", nbins=4)
        date_axis(ax)
    return grid
