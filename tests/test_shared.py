"""Modules that every package uses: intervals, paths, errors."""

import re

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.errors import FitError, InputError, Problem, PublishError
from mmm_helpers.intervals import LOWER, UPPER, interval, summarize
from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout


def test_the_interval_is_the_central_ninety_per_cent():
    assert pytest.approx(0.9) == UPPER - LOWER
    assert pytest.approx(1.0) == LOWER + UPPER


def test_no_other_module_states_its_own_bounds():
    own = re.compile(r"quantile\([^)]*0\.(05|95|025|975)\b")
    modules = (PROJECT_ROOT / "mmm_helpers").rglob("*.py")
    assert [p.name for p in modules if own.search(p.read_text(encoding="utf-8"))] == []


def test_summary_of_a_normal_sample_is_the_closed_form():
    draws = np.random.default_rng(0).normal(10.0, 2.0, 200_000)
    found = summarize(draws, "x")
    expected = {"x_mean": 10.0, "x_q05": 10 - 2 * 1.6449, "x_q50": 10.0, "x_q95": 10 + 2 * 1.6449}
    assert {k: float(v) for k, v in found.items()} == pytest.approx(expected, abs=0.03)


def test_summary_keeps_the_other_axes():
    assert summarize(np.zeros((7, 3, 2)), "x")["x_q05"].shape == (3, 2)


def test_summary_may_run_over_another_axis():
    assert summarize(np.arange(6.0).reshape(2, 3), "x", axis=1)["x_mean"].tolist() == [1.0, 4.0]


def test_interval_reads_a_tables_row():
    row = pd.Series({"roas_mean": 2.0, "roas_q05": 1.0, "roas_q50": 1.9, "roas_q95": 3.0})
    assert interval(row, "roas") == (2.0, 1.0, 3.0)


LAYOUT = Layout("demo")


def test_relative_results_lie_in_the_repository():
    assert LAYOUT.root == PROJECT_ROOT / "results" / "demo"


def test_absolute_results_lie_where_stated(tmp_path):
    assert Layout("demo", tmp_path).root == tmp_path / "demo"


def test_everything_of_a_market_lies_in_its_folder():
    paths = [
        LAYOUT.panel("DE"),
        LAYOUT.holdout("DE"),
        LAYOUT.journeys("DE"),
        LAYOUT.prospects("DE"),
        LAYOUT.specification("DE"),
        LAYOUT.channel_status("DE"),
        LAYOUT.provenance("DE"),
        LAYOUT.table("DE", "x"),
        LAYOUT.notebook("DE", "x"),
        LAYOUT.failed("DE"),
    ]
    assert all(p.is_relative_to(LAYOUT.market("DE")) for p in paths)


def test_fits_of_markets_and_portfolio_have_names_of_their_own():
    names = {LAYOUT.market_fit("DE"), LAYOUT.posterior("DE"), LAYOUT.portfolio_fit()}
    assert len(names) == 3


def test_no_market_can_take_the_portfolios_place():
    from mmm_helpers.inputs.portfolio import RESERVED_CODES

    assert {PORTFOLIO, "fits", "logs", "cache"} <= RESERVED_CODES


def test_cache_is_shared_by_portfolios():
    assert LAYOUT.cache == Layout("other").cache


PROBLEM = Problem("column 'Umsatz' is missing", "sales.csv", "'Umsatz'", "rename it", "DE")


def test_a_problem_is_one_sentence():
    assert str(PROBLEM) == (
        "Market DE: column 'Umsatz' is missing (sales.csv); expected 'Umsatz': rename it."
    )


def test_a_problem_of_the_portfolio_names_no_market():
    assert str(Problem("x", "here", "y", "mend")) == "x (here); expected y: mend."


def test_an_input_error_lists_every_problem():
    assert str(InputError(PROBLEM, PROBLEM)).count("Umsatz' is missing") == 2


def test_an_input_error_keeps_its_problems():
    assert InputError(PROBLEM).problems == (PROBLEM,)


def test_kinds_of_refusal_are_told_apart():
    assert issubclass(InputError, ValueError)
    assert issubclass(FitError, RuntimeError)
    assert issubclass(PublishError, RuntimeError)
