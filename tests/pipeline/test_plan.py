"""A plan survives its way through the environment, and names what it is to make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmm_helpers.pipeline.plan import MARKET_TABLES, Plan, owners, read_views


def test_environment_keeps_codes_that_look_like_numbers_or_booleans():
    plan = Plan("my data/p.yml", "demo", ("01", "NO"), "quick")
    assert Plan.from_environment(plan.to_environment()) == plan


def test_only_existing_notebooks_take_part(plan):
    assert list(plan.market_notebooks()) == ["01_data_and_eda", "04_multi_geo_mmm"]
    assert plan.portfolio_notebooks() == ["09_scoreboard", "10_portfolio_mmm"]


def test_one_market_has_the_scoreboard_only(plan):
    assert replace(plan, markets=("DE",)).portfolio_notebooks() == ["09_scoreboard"]


def test_owners_name_every_notebook_once(plan):
    assert owners(plan) == [
        ("DE", "01_data_and_eda"),
        ("DE", "04_multi_geo_mmm"),
        ("JP", "01_data_and_eda"),
        ("JP", "04_multi_geo_mmm"),
        ("portfolio", "09_scoreboard"),
        ("portfolio", "10_portfolio_mmm"),
    ]


@pytest.mark.parametrize(("markets", "cores", "expected"), [(6, 2, 1), (1, 2, 2), (1, 16, 4), (2, 6, 3)])
def test_cores_are_shared_among_fits(plan, markets, cores, expected):
    codes = tuple(f"M{i}" for i in range(markets))
    assert replace(plan, markets=codes).fit_cores(cores) == expected


def test_no_views_before_the_first_run(plan):
    assert read_views(plan.layout) == {}


def test_every_table_is_listed_once():
    assert len(set(MARKET_TABLES)) == len(MARKET_TABLES)
