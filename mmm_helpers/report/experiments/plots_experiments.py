"""Charts of experiments: a test against what was to be expected, its methods, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.style import (
    ACCENT,
    QUIET,
    TEXT,
    WARN,
    annotate_right,
    date_axis,
    draw_interval,
    mark_vertical,
    money_axis,
    name_rows,
    new_axes,
    new_grid,
)
from mmm_helpers.report.words import chance, interval_text, money_interval, ratio

STAGES = {
    "prior": ("before any data", QUIET),
    "before": ("the model without the test", "#D55E00"),
    "experiment": ("the test itself", TEXT),
    "after": ("the model with the test", ACCENT),
}
"""What stands in a calibration's rows, in the order in which they are read: words and colour."""
LONGEST_AXIS = 4.0
"""A range longer than this many times the test's own upper end is cut, and its numbers still written."""


def plot_test(series: pd.DataFrame, *, currency: str, ax: Axes | None = None) -> Axes:
    """Outcome of the treated regions, and what was to be expected without the test, with its 90 % range.

    Parameters
    ----------
    series : rows of `experiment_series` of one test: `date, observed, expected_mean, expected_q05, expected_q95,
        period`.
    """
    ax = new_axes(height=2.9, ax=ax)
    rows = series.assign(date=pd.to_datetime(series["date"])).sort_values("date")
    tested = rows[rows["period"] != "before"]
    ax.axvspan(tested["date"].min(), tested["date"].max(), color=WARN, alpha=0.07, lw=0)
    ax.fill_between(rows["date"], rows["expected_q05"], rows["expected_q95"], color=ACCENT, alpha=0.2, lw=0)
    ax.plot(rows["date"], rows["expected_mean"], color=ACCENT, linewidth=1.3)
    ax.plot(rows["date"], rows["observed"], color=TEXT, linewidth=1.3, marker="o", markersize=2.6)
    ax.annotate(
        "test and cool-down", (tested["date"].min(), 1.0), xycoords=("data", "axes fraction"), xytext=(2, 2),
        textcoords="offset points", color=WARN, fontsize=8.5, va="bottom",
    )  # fmt: skip
    money_axis(ax, currency)
    date_axis(ax)
    return ax


def plot_methods(
    methods: pd.DataFrame, *, labels: Mapping[str, str], currency: str, ax: Axes | None = None
) -> Axes:
    """What each method says that one test brought, as dot and 90 % range; grey where it is not to be trusted.

    Parameters
    ----------
    methods : rows of `experiment_methods` of one test, with `method, lift_*` and `marked`.
    labels : method → name.
    """
    ax = new_axes(height=0.8 + 0.34 * len(methods), ax=ax)
    for y, row in enumerate(methods.itertuples()):
        color = QUIET if isinstance(row.marked, str) and row.marked else ACCENT
        draw_interval(ax, y, row.lift_mean, row.lift_q05, row.lift_q95, color=color)
        annotate_right(ax, y, money_interval(row.lift_mean, row.lift_q05, row.lift_q95, currency, sign=True))
    name_rows(ax, [labels.get(m, m) for m in methods["method"]])
    ax.axvline(0, color=TEXT, linewidth=0.8)
    money_axis(ax, currency, which="x")
    return ax


def plot_calibration(
    calibration: pd.DataFrame,
    *,
    names: Mapping[str, str],
    truth: Mapping[str, float] | None = None,
    break_even: float | None = None,
) -> list[Axes]:
    """Return of each tested spend at each stage, one panel a test, the truth as a line where it is known.

    Parameters
    ----------
    calibration : table `calibration`.
    names : experiment → title of its panel. truth : experiment → true return; None for real data.
    """
    grid = new_grid(len(calibration), columns=1, height=1.9)
    for ax, row in zip(grid, calibration.to_dict("records"), strict=True):
        end = _axis_end(row, (truth or {}).get(row["experiment"]), break_even)
        for y, (stage, (_, color)) in enumerate(STAGES.items()):
            mean, low, high = (row[f"{stage}_{s}"] for s in ("mean", "q05", "q95"))
            middle = row["prior_q50"] if stage == "prior" else mean
            draw_interval(ax, y, min(middle, end), low, min(high, end), color=color)
            annotate_right(ax, y, interval_text(middle, low, high))
        name_rows(ax, [words for words, _ in STAGES.values()])
        ax.set_xlim(min(0.0, row["experiment_q05"], row["after_q05"]) * 1.05, end)
        ax.set_title(names.get(row["experiment"], row["experiment"]), loc="left", pad=16)
        if truth and row["experiment"] in truth:
            mark_vertical(ax, truth[row["experiment"]], f"truth {ratio(truth[row['experiment']])}")
        elif break_even is not None:
            mark_vertical(ax, break_even, "break-even")
    grid[-1].set_xlabel("returned for each unit of money")
    return grid


def _axis_end(row: Mapping[str, float], truth: float | None, break_even: float | None) -> float:
    own = max(row["experiment_q95"], row["after_q95"], truth or 0.0, break_even or 0.0, 1e-9)
    longest = max(row[f"{stage}_q95"] for stage in STAGES)
    return min(longest, LONGEST_AXIS * own) * 1.05


def plot_conflict(
    calibration: pd.DataFrame, *, names: Mapping[str, str], threshold: float, ax: Axes | None = None
) -> Axes:
    """How surprising each test is for the model that does not know it, below the line where the two contradict.

    Parameters
    ----------
    calibration : table `calibration`, with `conflict_probability`.
    threshold : below it a test contradicts the model.
    """
    ax = new_axes(height=1.0 + 0.36 * max(len(calibration), 2), ax=ax)
    for y, row in enumerate(calibration.itertuples()):
        color = WARN if row.conflict_probability < threshold else ACCENT
        ax.plot([0, row.conflict_probability], [y, y], color=color, linewidth=2.4, alpha=0.5)
        ax.plot([row.conflict_probability], [y], "o", color=color, markersize=7)
        annotate_right(ax, y, chance(row.conflict_probability))
    name_rows(ax, [names.get(e, e) for e in calibration["experiment"]])
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    mark_vertical(ax, threshold, "contradiction")
    ax.set_xlabel("chance of a result at least as far off, if the model were right")
    return ax
