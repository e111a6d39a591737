"""Candidates for the next test: value by the closed form, costs by hand, and when not to run one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from mmm_helpers.decisions.next_experiment import (
    DETECTABLE,
    NEXT_COLUMNS,
    NOT_KNOWN,
    NOT_SPENT,
    Terms,
    compute_next_experiments,
    effect_of_test,
)
from mmm_helpers.decisions.responses import GRID, TODAY, Cell, plan_cells
from mmm_helpers.estimands.money import Money

PERIODS, HORIZON, MARGIN, BREAK_EVEN = 13, 52, 0.4, 2.5
MEAN, SD, SPEND = 2.3, 0.5, {"North": 60_000.0, "South": 40_000.0}
TOTAL = sum(SPEND.values())
TERMS = Terms(horizon=HORIZON, plan_periods=PERIODS, break_even=BREAK_EVEN, margin=MARGIN, fee=1_000.0)
GO_DARK = {
    "market": "DE", "channel": "tv", "regions": "North", "design": "go_dark", "duration": 8,
    "spend_change": -SPEND["North"] * 8 / PERIODS, "test_sd": 10_000.0,
}  # fmt: skip


def tv_cells(*, mean: float = MEAN, sd: float = SD, support: float = 2.0) -> list[Cell]:
    """Two regions with one normal return per unit of spend, and a response that is linear in it."""
    returns = norm.ppf((np.arange(2000) + 0.5) / 2000, mean, sd)
    return [Cell(r, "tv", s, support, returns[:, None] * s * GRID[None, :]) for r, s in SPEND.items()]


def value(
    *designs: dict, cells: list[Cell] | None = None, terms: Terms = TERMS, bias: float = 0.0
) -> pd.DataFrame:
    own = tv_cells() if cells is None else cells
    return compute_next_experiments(pd.DataFrame(list(designs)), own, terms=terms, bias_sd={"tv": bias})


@pytest.fixture(scope="module")
def row() -> pd.Series:
    return value(GO_DARK).iloc[0]


def test_value_is_that_of_the_normal_closed_form(row):
    """Cutting or raising by a fifth: the gain of one over the other is linear in the return, as is the effect."""
    stake = 2 * 0.2 * MARGIN * TOTAL * (HORIZON - 8) / PERIODS
    sd = 10_000 / (SPEND["North"] * 8 / PERIODS)
    spread = SD**2 / np.hypot(SD, sd)
    u = (BREAK_EVEN - MEAN) / spread
    assert row["value_mean"] == pytest.approx(stake * spread * (norm.pdf(u) - u * norm.sf(u)), rel=0.02)
    assert row["chance_to_change"] == pytest.approx(norm.sf(u), abs=0.03)
    u = (BREAK_EVEN - MEAN) / SD
    assert row["value_perfect"] == pytest.approx(stake * SD * (norm.pdf(u) - u * norm.sf(u)), rel=0.01)


def test_effect_is_what_the_region_would_lose(row):
    assert row["effect_mean"] == pytest.approx(-MEAN * SPEND["North"] * 8 / PERIODS)


def test_cost_is_fee_lost_profit_net_of_saved_spend_and_waiting(row):
    lost = MARGIN * (MEAN - BREAK_EVEN) * SPEND["North"] * 8 / PERIODS
    saved_by_cutting = 0.2 * MARGIN * (BREAK_EVEN - MEAN) * TOTAL * 8 / PERIODS
    assert row["without_test"] == 0.8
    assert row["lost"] == pytest.approx(lost)
    # going dark in the region saves more than cutting everywhere by a fifth: that could be had without measuring
    assert row["waiting"] == pytest.approx(max(saved_by_cutting, -lost))
    assert row["cost"] == pytest.approx(row["fee"] + row["lost"] + row["waiting"])
    assert row["net_value"] == pytest.approx(row["value_mean"] - row["cost"])


def test_going_dark_in_a_channel_that_pays_costs_what_it_earned():
    row = value(GO_DARK, cells=tv_cells(mean=3.0)).iloc[0]
    assert row["lost"] == pytest.approx(MARGIN * 0.5 * SPEND["North"] * 8 / PERIODS)
    assert row["waiting"] == pytest.approx(0.2 * MARGIN * 0.5 * TOTAL * 8 / PERIODS)


def test_a_test_worth_its_cost_is_to_be_run(row):
    assert row["worth_it"]
    assert row["sentence"].startswith("Run it")


def test_a_test_too_dear_has_a_negative_net_value_and_is_not_to_be_run():
    row = value(GO_DARK | {"fee": 1e6}).iloc[0]
    assert row["net_value"] < 0
    assert not row["worth_it"]
    assert row["sentence"].startswith("Do not run it: it costs")


def test_a_test_that_changes_nothing_is_not_to_be_run_even_for_free():
    free = Terms(horizon=HORIZON, plan_periods=PERIODS, break_even=BREAK_EVEN, margin=MARGIN)
    row = value(GO_DARK, cells=tv_cells(mean=0.5, sd=0.1), terms=free).iloc[0]
    assert row["cost"] == pytest.approx(0.0, abs=1e-6)
    assert row["sentence"] == "Do not run it: hardly any result would change what is done."


def test_a_worse_test_is_worth_less():
    values = value(*(GO_DARK | {"test_sd": sd} for sd in (1e3, 1e4, 1e5, 1e6, np.inf)))["value_mean"]
    assert values.is_monotonic_decreasing
    assert values.iloc[-1] == 0.0


def test_what_remains_unsaid_by_the_posterior_raises_the_value_of_a_test():
    sure, doubted = (value(GO_DARK, bias=b).iloc[0] for b in (0.0, 0.5))
    assert doubted["value_mean"] > 1.5 * sure["value_mean"]
    assert (sure["bias_sd"], doubted["bias_sd"]) == (0.0, 0.5)
    assert doubted["effect_mean"] == pytest.approx(sure["effect_mean"], rel=0.02)


def test_error_follows_from_the_detectable_effect():
    """80 % power at 10 %, two-sided: 1.645 + 0.842 sds."""
    row = value({k: v for k, v in GO_DARK.items() if k != "test_sd"} | {"mde": 24_870.0}).iloc[0]
    assert pytest.approx(2.4865, abs=1e-4) == DETECTABLE
    assert row["test_sd"] == pytest.approx(10_002, abs=1)


def test_tests_are_ranked_by_net_value():
    table = value(GO_DARK | {"fee": 9e4}, GO_DARK, GO_DARK | {"regions": "Nowhere"}, GO_DARK | {"fee": 2e4})
    assert table["fee"].tolist()[:3] == [1_000.0, 2e4, 9e4]
    assert table["rank"].tolist()[:3] == [1, 2, 3]
    assert np.isnan(table["rank"].iloc[3])


def test_what_cannot_be_valued_says_why():
    table = value(GO_DARK | {"channel": "radio"}, GO_DARK | {"test_sd": np.nan})
    assert table["sentence"].tolist() == [NOT_SPENT, NOT_KNOWN]
    assert not table["worth_it"].any()


def test_a_test_as_long_as_the_horizon_leaves_nothing_to_decide():
    assert value(GO_DARK | {"duration": HORIZON}).iloc[0]["value_mean"] == 0.0


def test_spend_is_not_raised_beyond_what_was_seen():
    """Where no more than today was ever spent, knowing that a channel pays is worth nothing more than keeping it."""
    high, capped = (value(GO_DARK, cells=tv_cells(mean=3.0, support=s)).iloc[0] for s in (2.0, 1.0))
    assert (high["without_test"], capped["without_test"]) == (1.2, 1.0)
    assert capped["value_mean"] == pytest.approx(high["value_mean"] / 2, rel=0.01)


def test_a_heavy_up_measures_the_change_of_its_spend():
    spend = SPEND["North"] * 4 / PERIODS
    design = GO_DARK | {"design": "heavy_up", "duration": 4, "spend_change": 0.5 * spend}
    effect, change = effect_of_test(design, tv_cells()[:1], periods=PERIODS)
    assert effect.mean() == pytest.approx(MEAN * 0.5 * spend)
    assert change == pytest.approx(0.5 * spend)


def test_without_a_margin_values_are_outcome():
    unknown = Terms(horizon=HORIZON, plan_periods=PERIODS, break_even=BREAK_EVEN)
    assert value(GO_DARK, terms=unknown)["value_mean"].iloc[0] == pytest.approx(
        value(GO_DARK)["value_mean"].iloc[0] / MARGIN
    )


def test_without_designs_the_table_has_its_header():
    table = compute_next_experiments(pd.DataFrame(), tv_cells(), terms=TERMS, bias_sd={})
    assert table.empty
    assert list(table.columns) == NEXT_COLUMNS == list(value(GO_DARK).columns)


@pytest.mark.parametrize(("name", "wrong"), [("horizon", 0), ("break_even", np.nan), ("fee", -1.0)])
def test_impossible_terms_are_refused(name, wrong):
    given = {"horizon": 52, "plan_periods": 13, "break_even": 2.5, "fee": 0.0} | {name: wrong}
    with pytest.raises(ValueError, match=f"'{name}' must be"):
        Terms(**given)


@pytest.fixture(scope="module")
def of_model(small_design, small_draws):
    """The cells of a made-up market with responses over a number of periods."""
    design = small_design(2)
    money, draws = Money(rate=1.0, value=np.ones(2), is_revenue=True), small_draws(design, draws=50)
    return lambda periods: plan_cells(design, draws, money, horizon=periods, national=set())


@pytest.mark.parametrize(("how", "change", "error"), [("go_dark", -1.0, 0.03), ("heavy_up", 0.5, 0.12)])
def test_scaling_is_near_the_models_own_forward_pass(of_model, how, change, error):
    """A test of 8 periods, its effect scaled from 13, against the model's path of 8 with its carry-over."""
    for cell, exact in zip(of_model(PERIODS), of_model(8), strict=True):
        design = {"design": how, "duration": 8, "spend_change": change * exact.spend}
        scaled, _ = effect_of_test(design, [cell], periods=PERIODS)
        assert scaled == pytest.approx(effect_of_test(design, [exact], periods=8)[0], rel=error)


def test_responses_over_the_tests_own_duration_are_used_where_given(of_model):
    plan, own = of_model(PERIODS), of_model(4)
    cell = next(c for c in own if c.channel == "tv")
    design = GO_DARK | {"regions": cell.region, "duration": 4}
    table = compute_next_experiments(
        pd.DataFrame([design]), plan, terms=TERMS, bias_sd={"tv": 0.3}, by_duration={4: own}
    )
    assert table["effect_mean"].iloc[0] == pytest.approx(-cell.response[:, TODAY].mean(), rel=0.2)
    unbiased = compute_next_experiments(
        pd.DataFrame([design]), plan, terms=TERMS, bias_sd={}, by_duration={4: own}
    )
    assert unbiased["effect_mean"].iloc[0] == pytest.approx(-cell.response[:, TODAY].mean())
