"""Words, table and chart about tests that could be run."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.experiments import design_page as page

LOOK = {"labels": {"tv": "TV", "search": "Search"}, "currency": "EUR", "unit": "week"}


@pytest.fixture
def designs():
    base = {"design": "go_dark", "duration": 12, "spend_change": -1e6, "test_sd": 8e5, "mde": 2e6}
    tv = base | {"channel": "tv", "regions": "Ost|Nord", "power": 0.6, "duration_80": 20.0}
    tv |= {"expected_effect_mean": -1.6e6, "expected_effect_q05": -2.2e6, "expected_effect_q95": -1e6}
    weak = tv | {"channel": "search", "power": 0.2, "duration_80": np.nan}
    return pd.DataFrame([tv, weak, tv | {"duration": 4, "power": 0.3}])


def test_underpowered_tests_are_called_so_with_what_they_would_need(designs):
    said = page.describe_designs(designs, **LOOK)
    assert "**Every test of up to 12 weeks is underpowered**" in said
    assert "TV switched off in Ost and Nord for 12 weeks" in said
    assert "the model expects −€1.60 M (−2.20 to −1.00)" in said
    assert "an effect of €2.00 M would be found; its power is 60 %" in said
    assert "about 20 weeks" in said
    hopeless = page.describe_designs(designs.iloc[[1]], **LOOK)
    assert "Even a year of it would not reach 80 %" in hopeless


def test_powerful_tests_are_counted(designs):
    said = page.describe_designs(designs.assign(power=[0.9, 0.85, 0.3]), **LOOK)
    assert said.startswith("2 tests of 3 would be told from chance with 80 % power")
    assert "would have to run" not in said


def test_market_that_cannot_be_designed_for_says_why():
    one = pd.DataFrame({"region": ["all"], "date": [1]})
    assert "one region" in page.explain_no_design(one, unit="week")
    two = pd.DataFrame({"region": ["a", "b"], "date": [1, 1]})
    assert "1 week of history are too few" in page.explain_no_design(two, unit="week")


def test_chart_has_one_row_for_each_channel_with_its_smallest_effect(designs):
    best = page.best_by_channel(designs)
    assert best["channel"].tolist() == ["tv", "search"]
    ax = page.plot_power(best, colors={"tv": "blue", "search": "red"}, **LOOK)
    assert len(ax.get_yticks()) == 2
    assert [t.get_text() for t in ax.texts] == ["power 60 %", "power 20 %"]
    assert "TV switched off" in page.describe_power(best, **LOOK)
    plt.close("all")


def test_table_shows_what_is_needed(designs):
    table = page.compute_design_table(designs, **LOOK)
    assert list(table) == list(page.DESIGN_TITLES)
    write = page.design_formats("EUR", "week")
    assert [write["duration_80"](v) for v in (20.0, np.nan)] == ["20 weeks", "more than a year"]


def test_imbalance_is_named():
    balance = pd.DataFrame({"what": ["income", "growth a year"], "difference_sd": [1.4, 0.2]})
    assert "more than one standard deviation in income" in page.describe_balance(balance, "Ost|West")
    assert "alike in everything" in page.describe_balance(balance.iloc[[1]], "Ost")


def test_attributes_are_as_the_balance_takes_them():
    known = page.known_attributes({"regions": {"A": {"population": 5, "income": 2}, "B": {"population": 7}}})
    assert known["heads"].to_dict() == {"A": 5, "B": 7}
    assert page.known_attributes({}) == {"attributes": None, "heads": None}
