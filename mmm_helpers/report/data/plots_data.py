"""Charts of the data as they are: outcome, spend, correlation, and which channel was active when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from mmm_helpers.inputs.history import span_of
from mmm_helpers.report.style import (
    ACCENT,
    BASE,
    TEXT,
    cap,
    date_axis,
    money_axis,
    new_axes,
    new_grid,
)
from mmm_helpers.report.words import join, money, percent

MOST_REGIONS = 6
"""Most regions on one chart; more are not readable."""

STATES = ("absent", "nothing spent", "spent", "unknown")
STATE_COLORS = ("#F4F5F7", "#D5DAE0", ACCENT, "#E69F00")


def regions_by_size(panel: pd.DataFrame) -> list[str]:
    """Regions of the panel, largest total outcome first."""
    return panel.groupby("region")["outcome"].sum().sort_values(ascending=False).index.astype(str).tolist()


def regions_sentence(panel: pd.DataFrame) -> str:
    """Which regions a chart leaves out; empty if it shows all."""
    return cap(regions_by_size(panel), most=MOST_REGIONS)[1]


def plot_outcome(panel: pd.DataFrame, *, currency: str) -> list[Axes]:
    """Outcome over time, one panel for each region (the largest six), each with its own scale from zero.

    Parameters
    ----------
    panel : `region, date, outcome`, one market; unknown outcome leaves a gap.
    currency : of the outcome.
    """
    regions, _ = cap(regions_by_size(panel), most=MOST_REGIONS)
    columns = 1 if len(regions) == 1 else 2
    grid = new_grid(len(regions), columns=columns, height=1.75, sharex=True)
    for ax, region in zip(grid, regions, strict=True):
        rows = panel[panel["region"].astype(str) == region]
        ax.plot(rows["date"], rows["outcome"], color=ACCENT, linewidth=1.2)
        ax.set_title(region if region != "all" else "All regions")
        ax.set_ylim(0)
        money_axis(ax, currency)
        date_axis(ax)
    return grid


def describe_outcome(panel: pd.DataFrame, *, currency: str) -> str:
    """The chart of `plot_outcome` in words: each region's mean outcome a period and its range."""
    regions, _ = cap(regions_by_size(panel), most=MOST_REGIONS)
    parts = []
    for region in regions:
        values = panel.loc[panel["region"].astype(str) == region, "outcome"]
        low, high = money(values.min(), currency), money(values.max(), currency)
        name = "all regions" if region == "all" else region
        parts.append(f"{name} {money(values.mean(), currency)} on average, between {low} and {high}")
    return f"Outcome in each period over time: {'; '.join(parts)}."


def plot_spend(
    panel: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    currency: str,
    ax: Axes | None = None,
) -> Axes:
    """Spend over time, stacked by channel, all regions together, averaged over four periods.

    Parameters
    ----------
    panel : `date` and `spend_<channel>`.
    labels : channel → name; only these channels are drawn, in this order.
    colors : channel → colour.
    currency : of the spend.
    """
    ax = new_axes(height=3.6, ax=ax)
    shown = [c for c in labels if f"spend_{c}" in panel and panel[f"spend_{c}"].sum() > 0]
    weekly = panel.groupby("date")[[f"spend_{c}" for c in shown]].sum().rolling(4, min_periods=1).mean()
    ax.stackplot(
        weekly.index,
        weekly.to_numpy().T,
        colors=[colors[c] for c in shown],
        labels=[labels[c] for c in shown],
        linewidth=0,
    )
    ax.margins(x=0)
    money_axis(ax, currency)
    date_axis(ax)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], names[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def compute_correlation(panel: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """Correlation over time of the outcome and of every channel's spend, within regions.

    Each series is taken as its deviation from its region's mean, so that large regions do not make everything
    look correlated. Channels without any variation are left out.
    """
    columns = {"outcome": "Outcome"}
    columns |= {f"spend_{c}": name for c, name in labels.items() if f"spend_{c}" in panel}
    values = panel[["region", *columns]].set_index("region")
    centred = values - values.groupby(level="region").transform("mean")
    varying = [c for c in columns if centred[c].std() > 0]
    return centred[varying].corr().rename(index=columns, columns=columns)


def plot_correlation(correlation: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Heat map of a correlation matrix, the lower half, numbers inside.

    Parameters
    ----------
    correlation : square table with names on both sides, see `compute_correlation`.
    """
    lower = correlation.iloc[1:, :-1]
    side = 1.6 + 0.52 * len(lower)
    ax = new_axes(width=min(side + 1.2, 7.6), height=side, ax=ax)
    return correlation_map(lower, ax=ax, mask=upper_half(lower), square=True)


def upper_half(values: pd.DataFrame) -> np.ndarray:
    """Mask of what a symmetric table says twice."""
    return np.triu(np.ones(values.shape, dtype=bool), k=1)


def correlation_map(values: pd.DataFrame, *, ax: Axes, mask: np.ndarray | None, square: bool) -> Axes:
    """Correlations as colours with the numbers inside."""
    sns.heatmap(
        values,
        mask=mask,
        vmin=-1,
        vmax=1,
        cmap=sns.diverging_palette(30, 245, s=80, l=50, as_cmap=True),
        annot=values.map(correlation_text),
        fmt="",
        annot_kws={"fontsize": 8},
        linewidths=1,
        square=square,
        cbar=False,
        ax=ax,
    )
    ax.grid(False)
    ax.tick_params(length=0)
    ax.set(xlabel="", ylabel="")
    ax.set_xticks(ax.get_xticks(), ax.get_xticklabels(), rotation=40, ha="right", rotation_mode="anchor")
    return ax


def correlation_text(value: float) -> str:
    """A correlation with one decimal, a real minus sign, and no negative zero.

    Examples
    --------
    >>> correlation_text(-0.31), correlation_text(-0.04)
    ('−0.3', '0.0')
    """
    return f"{round(float(value), 1) + 0.0:.1f}".replace("-", "−")


def compute_activity(
    panel: pd.DataFrame, channel_status: pd.DataFrame, *, channels: Sequence[str]
) -> pd.DataFrame:
    """State of each channel in each period: index channel, columns date, values as places in `STATES`.

    A region counts only from its first known outcome to its last.

    Parameters
    ----------
    panel : `region, date, outcome` and `spend_<channel>` or, for unpaid channels, `activity_<channel>`.
    channel_status : `channel, status`; a channel is absent if no region has it.
    channels : codes, in order.
    """
    has = channel_status.groupby("channel")["status"].agg(lambda s: (s != "absent").any())
    panel = _with_quiet_edges(panel)
    rows = {}
    for code in channels:
        column = f"spend_{code}" if f"spend_{code}" in panel else f"activity_{code}"
        activity = f"activity_{code}"
        if activity in panel and panel.get(column, pd.Series(0.0)).fillna(0).sum() == 0:
            column = activity
        if column not in panel or not has.get(code, False):
            rows[code] = pd.Series(0, index=np.sort(panel["date"].unique()))
            continue
        by_date = panel.groupby("date")[column]
        rows[code] = (1 + (by_date.sum() > 0)).mask(by_date.apply(lambda s: s.isna().any()), 3)
    return pd.DataFrame(rows).T.astype(int)


def _with_quiet_edges(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel with zero for what is unknown of a region before it began or after it ended."""
    media = [c for c in panel if c.startswith(("spend_", "activity_"))]
    spans = panel.groupby("region")["outcome"].transform(lambda o: span_of(o.to_numpy()[:, None])[:, 0])
    edges = ~spans.astype(bool)
    return panel.assign(**{c: panel[c].mask(edges & panel[c].isna(), 0.0) for c in media})


def describe_activity(activity: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """The map of `plot_activity` in words: the share of periods in which each channel was active."""
    spent = STATES.index("spent")
    parts = [f"{labels.get(c, c)} {percent((row == spent).mean())}" for c, row in activity.iterrows()]
    return f"Share of periods in which each channel was active: {join(parts)}."


def plot_activity(activity: pd.DataFrame, *, labels: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Map of when each channel was active, silent, unknown or absent.

    Parameters
    ----------
    activity : result of `compute_activity`.
    labels : channel → name.
    """
    ax = new_axes(height=0.9 + 0.3 * len(activity), ax=ax)
    dates = pd.DatetimeIndex(activity.columns)
    step = (dates[1] - dates[0]) if len(dates) > 1 else pd.Timedelta(days=7)
    edges = dates.append(pd.DatetimeIndex([dates[-1] + step]))
    ax.pcolormesh(
        edges.to_numpy(),
        np.arange(len(activity) + 1) - 0.5,
        activity.to_numpy(),
        cmap=ListedColormap(STATE_COLORS),
        vmin=-0.5,
        vmax=3.5,
    )
    ax.set_yticks(range(len(activity)), [labels.get(c, c) for c in activity.index])
    ax.set_ylim(len(activity) - 0.5, -0.5)
    ax.hlines(np.arange(len(activity) - 1) + 0.5, edges[0], edges[-1], color="white", linewidth=3)
    ax.grid(False)
    ax.tick_params(axis="y", length=0)
    date_axis(ax)
    present = [i for i in range(len(STATES)) if (activity.to_numpy() == i).any()]
    handles = [Patch(facecolor=STATE_COLORS[i], edgecolor=BASE, label=STATES[i]) for i in present]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, labelcolor=TEXT)
    return ax
