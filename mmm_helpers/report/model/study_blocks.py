"""Blocks of the page about the model on what its numbers depend on: a finding, a chart, how to read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.report.blocks import data_table, finding, how_to_read, note
from mmm_helpers.report.display import figure
from mmm_helpers.report.model import plots_studies as plots
from mmm_helpers.report.model import studies_page as page
from mmm_helpers.report.model.study_rows import (
    REFERENCE,
    STACKED,
    compute_build_up,
    compute_errors,
    compute_implied,
    compute_scores,
    of_channels,
)

CHANGES = ("carry_over", "between_sd", "controls")
"""Studies that are shown together: one change each, and how far it moves every return."""


@dataclass(frozen=True)
class Look:
    """What all blocks of a page share.

    Parameters
    ----------
    labels : names of channels, then of controls. colors : by channel.
    currency : of scores; empty for counts. unit : day, week or month.
    """

    labels: Mapping[str, str]
    colors: Mapping[str, str]
    currency: str
    unit: str

    @property
    def names(self) -> dict[str, Mapping[str, str]]:
        """Arguments of most charts."""
        return {"labels": self.labels, "colors": self.colors}


def show_study(studies: pd.DataFrame, study: str, look: Look) -> None:
    """Show one study; where it does not apply to the market why, and nothing where none was ever computed.

    Parameters
    ----------
    studies : table `studies`. study : its name, or `changes` for those of `CHANGES` together.
    """
    if studies.empty:
        return
    wanted = CHANGES if study == "changes" else (study,)
    rows = studies[studies["study"].isin(wanted)].reset_index(drop=True)
    if rows.empty:
        note(page.explain_missing(studies, wanted[0]))
        return
    if of_channels(rows).empty:
        note("No channel was paid for, so there is no return that could change.")
        return
    BLOCKS[study](rows, look)


def explain_none(studies: pd.DataFrame) -> None:
    """Say how studies come to be, where none was computed with these data."""
    if studies.empty:
        note(page.explain_missing(studies, ""))


def _chart(axes: Axes | Sequence[Axes], text: str) -> None:
    first = axes if isinstance(axes, Axes) else axes[0]
    figure(first.figure, alt=text)


def _build_up(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_build_up(rows, labels=look.labels, currency=look.currency, unit=look.unit)
    finding(text)
    _chart(plots.plot_build_up(compute_build_up(rows), rows, **look.names, currency=look.currency), text)
    how_to_read(
        "From top to bottom one more part of the model. Left: the error of its forecast of the hidden quarter, smaller "
        "is better. Right: how far the step moves the returns of the channels that were in before, in sds; within "
        f"the grey it is no more than their own uncertainty. {page.dated(rows)}"
    )


def _family(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_family(rows, labels=look.labels)
    finding(text)
    _chart(plots.plot_variants(rows, [REFERENCE, STACKED], **look.names), text)
    how_to_read(
        "Coloured: the return under the form that was chosen. Grey: under all forms that predict as well, each "
        f"with its weight. Where grey is wider, the choice of a form hid that much doubt. {page.dated(rows)}"
    )
    _scores(rows, look, "Every form of carry-over and saturation")


def _pooling(rows: pd.DataFrame, look: Look) -> None:
    finding(page.describe_pooling(rows, labels=look.labels))
    _scores(rows, look, "Regions apart, sharing and alike")


def _scores(rows: pd.DataFrame, look: Look, title: str) -> None:
    table = compute_scores(rows, labels=look.labels)
    caption = f"Scores beside the model as specified; above zero is better. {page.dated(rows)}"
    data_table(table, csv="studies", caption=caption, titles=page.SCORE_TITLES, fold=title)


def _changes(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_changes(rows, labels=look.labels, unit=look.unit)
    finding(text)
    _chart(plots.plot_shifts(rows, **look.names, unit=look.unit), text)
    how_to_read(f"{page.READ_SHIFTS} {page.dated(rows)}")


def _refresh(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_refresh(rows, labels=look.labels, unit=look.unit)
    finding(text)
    _chart(plots.plot_shifts(rows, **look.names, unit=look.unit), text)
    how_to_read(
        f"What the same past looked like some {look.unit}s ago, against now: a model that rewrites its history with "
        f"every new {look.unit} is not one to plan by. {page.dated(rows)}"
    )


def _placebo(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_placebo(rows, labels=look.labels)
    finding(text)
    _chart(plots.plot_placebo(rows, **look.names), text)
    how_to_read(
        "Share of the outcome credited to a channel, mean and 90 % range. Shuffled, its spend stays what it was and "
        f"only the match with the outcome goes: what is then still credited is not found. {page.dated(rows)}"
    )


def _spillover(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_spillover(rows, labels=look.labels)
    finding(text)
    _chart(plots.plot_strength(page.spillover_strength(rows)), text)
    how_to_read(
        f"Zero: a region's media work in that region only, as is assumed without spillover. {page.dated(rows)}"
    )


def _comparison(rows: pd.DataFrame, look: Look) -> None:
    text = page.describe_comparison(rows)
    finding(text)
    _chart(plots.plot_errors(compute_errors(rows)), text)
    how_to_read(
        "All were given the same weeks and the same inputs; ridge and boosting also this model's carry-over and "
        f"saturation. Shorter is better. {page.dated(rows)}"
    )
    caption = "Return for each unit of money as each way of predicting implies it; only the model has a range"
    data_table(
        compute_implied(rows, labels=look.labels), csv="studies", caption=caption, fold="What each implies"
    )


BLOCKS: dict[str, Callable[[pd.DataFrame, Look], None]] = {
    "build_up": _build_up,
    "family": _family,
    "pooling": _pooling,
    "changes": _changes,
    "refresh": _refresh,
    "placebo": _placebo,
    "spillover": _spillover,
    "comparison": _comparison,
}
"""Block → what shows it; together they cover every study."""
