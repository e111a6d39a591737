"""Charts about priors show what the tables say."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.model import plots_model
from mmm_helpers.report.words import interval_text

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def rows() -> pd.DataFrame:
    frame = pd.DataFrame({"name": ["Together", "TV"], "channel": ["all", "tv"], "observed": [2.0, 1.0]})
    bounds = {"mean": 1.0, "q05": 0.5, "q95": 9.0}
    frame = frame.assign(**{f"prior_{k}": v for k, v in bounds.items()})
    frame["prior_q95"] = [90.0, 2.0]
    return frame.assign(posterior_mean=[1.5, 0.8], posterior_q05=[1.0, 0.6], posterior_q95=[2.0, 1.0])


def texts(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_prior_and_posterior_are_written_beside_each_row(rows):
    ax = plots_model.plot_before_after(rows, colors={}, show=interval_text)
    assert texts(ax)[1] == "0.80 (0.60–1.0)\nbefore: 1.0 (0.50–2.0)"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Together", "TV"]


def test_evidence_stands_behind_the_posterior(rows):
    signed = rows.assign(signs=["◐ ▽", "● ▽"])
    ax = plots_model.plot_before_after(signed, colors={}, show=interval_text)
    assert texts(ax)[1] == "0.80 (0.60–1.0) ● ▽\nbefore: 1.0 (0.50–2.0)"


def test_a_prior_far_beyond_is_cut_and_marked(rows):
    ax = plots_model.plot_before_after(rows, colors={}, show=interval_text)
    assert ax.get_xlim()[1] < 90
    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert [line.get_ydata()[0] for line in arrows] == [0]


def test_posterior_stands_in_front_of_its_prior(rows):
    ax = plots_model.plot_before_after(rows.iloc[1:], colors={"tv": "#123456"}, show=interval_text)
    order = {line.get_color(): line.get_zorder() for line in ax.lines}
    assert order["#123456"] > order[plots_model.BASE]


def test_break_even_is_named(rows):
    ax = plots_model.plot_before_after(rows, colors={}, show=interval_text, break_even=2.5)
    assert "break-even" in texts(ax)


def test_observed_outcome_is_a_diamond(rows):
    ax = plots_model.plot_outcome_range(rows, show=interval_text, currency="EUR")
    diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == [2.0, 1.0]


def test_map_writes_numbers_and_words_into_cells():
    cells = pd.DataFrame(
        {
            "place": ["North", "North", "South", "South"],
            "channel": ["TV", "Email", "TV", "Email"],
            "moved": [0.8, 0.05, 0.7, np.nan],
            "words": ["", "mostly prior", "", "never ran"],
        }
    )
    ax = plots_model.plot_prior_map(cells)
    assert texts(ax) == ["80 %", "5 %", "mostly prior", "70 %", "never ran"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["TV", "Email"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # first place on top
