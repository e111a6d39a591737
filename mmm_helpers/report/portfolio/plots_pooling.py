"""Charts of what markets share: own and pooled returns, other priors, and a hard rule beside partial pooling."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.style import (
    BASE,
    QUIET,
    TEXT,
    WARN,
    annotate_right,
    cap,
    draw_interval,
    name_rows,
    new_grid,
)
from mmm_helpers.report.words import interval_text, is_missing, join, percent

MOST_MARKETS = 12
"""Most markets on one chart; more are not readable."""
ROW = 0.27
"""Inches of height for a market's row."""


def plot_borrowing(
    shrinkage: pd.DataFrame,
    *,
    places: Mapping[str, str],
    labels: Mapping[str, str],
    colors: Mapping[str, str],
) -> list[Axes]:
    """Each market's return by its own data (hollow), an arrow to the pooled one (filled), and what is borrowed.

    Parameters
    ----------
    shrinkage : rows of markets' totals: `market, channel, own_*, pooled_*, pooling_factor`; own estimates that say
        nothing are missing.
    places : market → name; rows come in this order, at most `MOST_MARKETS`.
    """
    shown, _ = cap(list(places), most=MOST_MARKETS)
    seen = shrinkage[shrinkage["market"].isin(shown)]
    channels = [c for c in labels if (seen["channel"] == c).any()]
    grid = new_grid(len(channels), columns=3, height=0.75 + ROW * len(shown), sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        rows = seen[seen["channel"] == channel].set_index("market").reindex(shown)
        name_rows(ax, [places[code] for code in shown])
        end = _end(rows["pooled_q95"], rows["own_mean"])
        for y, (_, row) in enumerate(rows.iterrows()):
            if not is_missing(row["pooled_mean"]):
                _draw_borrowing(ax, y, row, end=end, color=colors.get(channel, QUIET))
        ax.set_xlim(min(0.0, float(rows["pooled_q05"].min())), end)
        ax.set_title(labels[channel])
        ax.locator_params(axis="x", nbins=4)
    return grid


def _end(upper: pd.Series, own: pd.Series) -> float:
    """Right end of a panel: all pooled ranges, and own estimates as far as they do not dwarf them."""
    widest = float(upper.max())
    return 1.05 * max(widest, min(float(own.max()) if own.notna().any() else 0.0, 1.6 * widest))


def _draw_borrowing(ax: Axes, y: int, row: pd.Series, *, end: float, color: str) -> None:
    draw_interval(ax, y + 0.14, row["pooled_mean"], row["pooled_q05"], row["pooled_q95"], color=color, size=5)
    annotate_right(ax, y, percent(row["pooling_factor"]))
    if not is_missing(row["own_mean"]):
        ax.plot([row["own_q05"], min(row["own_q95"], end)], [y - 0.2] * 2, color=BASE, linewidth=2, zorder=1)
        _arrow(ax, (row["own_mean"], y - 0.2), (row["pooled_mean"], y + 0.14), end=end)


def _arrow(ax: Axes, start: tuple[float, float], stop: tuple[float, float], *, end: float) -> None:
    """From a hollow dot to a filled one; a hollow triangle at the edge stands for what lies beyond it."""
    inside = start[0] <= end
    at = (start[0] if inside else 0.985 * end, start[1])
    arrow = {
        "arrowstyle": "-|>",
        "color": TEXT,
        "linewidth": 0.9,
        "shrinkA": 2,
        "shrinkB": 2,
        "mutation_scale": 7,
    }
    ax.annotate("", stop, at, arrowprops=arrow, zorder=4)
    marker = "o" if inside else ">"
    ax.plot(*at, marker, markersize=4.5, markerfacecolor="white", markeredgecolor=QUIET, zorder=3)


def plot_tau_sensitivity(
    tau: pd.DataFrame,
    *,
    places: Mapping[str, str],
    labels: Mapping[str, str],
    colors: Mapping[str, str],
    break_even: float | None,
) -> list[Axes]:
    """Return of each channel in each market, with what it would be under half and twice the prior.

    Parameters
    ----------
    tau : table `tau_sensitivity`.
    break_even : drawn as a line; None where it is unknown or differs.
    """
    shown, _ = cap(list(places), most=MOST_MARKETS)
    seen = tau[tau["market"].isin(shown)]
    channels = [c for c in labels if (seen["channel"] == c).any()]
    grid = new_grid(len(channels), columns=3, height=0.75 + ROW * len(shown), sharey=True)
    for ax, channel in zip(grid, channels, strict=True):
        rows = seen[seen["channel"] == channel].set_index(["tau_prior", "market"])
        name_rows(ax, [places[code] for code in shown])
        default = rows.loc["default"].reindex(shown)
        for y, (code, row) in enumerate(default.iterrows()):
            values = [row[f"return_{s}"] for s in ("mean", "q05", "q95")]
            draw_interval(ax, y, *values, color=colors.get(channel, QUIET), size=5)
            for prior, marker, shift in (("half", "v", -0.26), ("double", "^", 0.26)):
                if (prior, code) in rows.index:
                    ax.plot(
                        rows.loc[(prior, code), "return_mean"], y + shift, marker, color=TEXT, markersize=4
                    )
        if break_even is not None:
            ax.axvline(break_even, color=WARN, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        ax.set_xlim(min(0.0, float(default["return_q05"].min())), 1.05 * float(default["return_q95"].max()))
        ax.set_title(labels[channel])
        ax.locator_params(axis="x", nbins=4)
    return grid


def describe_tau_chart(tau: pd.DataFrame, *, places: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The chart of `plot_tau_sensitivity` in words."""
    wide = tau.pivot(index=["market", "channel"], columns="tau_prior", values="return_mean")
    parts = [
        f"{labels.get(channel, channel)} in {places.get(code, code)} "
        + join([f"{row[prior]:.2g}" for prior in ("half", "default", "double")])
        for (code, channel), row in wide.iterrows()
    ]
    return f"Return under half, the default and twice the expected difference of markets: {'; '.join(parts)}."


def plot_threshold(rows: pd.DataFrame, *, color: str) -> list[Axes]:
    """What a hard rule makes of each market's own return, and what partial pooling does, side by side.

    Parameters
    ----------
    rows : one channel's rows of `threshold_rule`, largest market first, with the name to show as `place`.
    """
    grid = new_grid(2, columns=2, height=1.0 + 0.42 * len(rows), sharey=True, sharex=True)
    own = rows["return_own_mean"]
    end = _end(rows[["return_rule_q95", "return_partial_q95"]].max(axis=1), own)
    cut = int((rows["rule"] == "own").sum()) - 0.5
    for ax, kind, title in zip(
        grid, ("rule", "partial"), ("Hard rule: not done here", "Partial pooling"), strict=True
    ):
        name_rows(ax, list(rows["place"]))
        for y, row in enumerate(rows.itertuples()):
            values = [getattr(row, f"return_{kind}_{s}") for s in ("mean", "q05", "q95")]
            draw_interval(ax, y + 0.14, values[0], values[1], min(values[2], end), color=color, size=5.5)
            _arrow(ax, (row.return_own_mean, y - 0.2), (values[0], y + 0.14), end=end)
        ax.axvline(
            rows["return_common_mean"].iloc[0], color=QUIET, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1
        )
        ax.set_title(title)
        ax.set_xlim(0, end)
        ax.set_xlabel("returned for each unit of money")
    grid[0].axhline(cut, color=WARN, linewidth=1.1, linestyle=(0, (4, 3)))
    grid[0].text(end, cut - 0.06, "threshold", color=WARN, fontsize=8.5, ha="right", va="bottom")
    return grid


def describe_threshold_chart(rows: pd.DataFrame) -> str:
    """The chart of `plot_threshold` in words."""
    parts = [
        f"{r.place}: own {interval_text(r.return_own_mean, r.return_own_q05, r.return_own_q95)}, hard rule "
        f"{interval_text(r.return_rule_mean, r.return_rule_q05, r.return_rule_q95)}, partial pooling "
        f"{interval_text(r.return_partial_mean, r.return_partial_q05, r.return_partial_q95)}"
        for r in rows.itertuples()
    ]
    return f"Returns by market under a hard rule and under partial pooling. {'; '.join(parts)}."
