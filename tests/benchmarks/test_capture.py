"""The best plan by closed form on a toy truth, the distorted market against the simulator, and the score's formula."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from benchmarks import capture
from benchmarks import capture_world as worlds
from mmm_helpers.decisions.capture_rows import bound_ratio, summarise_capture
from mmm_helpers.simulation import simulate_company


def toy(strengths, spend) -> worlds.Truth:
    """Responses `strength × √money`: the best plan spends in proportion to the square of strength."""
    strengths, spend = np.array(strengths), np.array(spend, float)
    return worlds.Truth(
        cells=[("R", f"c{i}") for i in range(len(spend))],
        spend=spend,
        support=np.full(len(spend), 9.0),
        revenue=np.full(len(spend), 100.0),
        values=lambda m: strengths[:, None] * np.sqrt(spend[:, None] * m),
    )


def test_the_best_plan_of_square_roots_is_the_closed_form():
    truth = toy([3.0, 2.0, 1.0], [40.0, 40.0, 60.0])
    plan = worlds.best_plan(truth, np.zeros(3), np.full(3, 3.0))
    assert plan * truth.spend == pytest.approx([90, 40, 10], abs=0.5)
    assert truth.value(plan) == pytest.approx(np.sqrt(140 * 14.0), rel=1e-5)


def test_a_bound_that_binds_leaves_the_rest_to_the_others():
    truth = toy([3.0, 2.0, 1.0], [40.0, 40.0, 60.0])
    plan = worlds.best_plan(truth, np.zeros(3), np.array([1.25, 3.0, 3.0]))
    assert plan * truth.spend == pytest.approx([50, 72, 18], abs=0.6)


def test_bounds_are_a_fifth_and_what_was_seen():
    truth = toy([1.0, 1.0], [10.0, 10.0])
    truth.support[:] = [1.1, 0.7]
    lower, upper = truth.bounds()
    assert lower.tolist() == [0.8, 0.8]
    assert upper.tolist() == [1.1, 1.0]


def test_capture_is_none_of_it_for_today_and_all_of_it_for_the_best():
    assert capture.capture(100.0, 100.0, 110.0) == 0
    assert capture.capture(110.0, 100.0, 110.0) == 1
    assert capture.capture(95.0, 100.0, 110.0) == -0.5


def test_without_advice_todays_plan_is_scored():
    row = capture.score_plans(toy([3.0, 1.0], [50.0, 50.0]), pd.DataFrame(), np.array([1.2, 0.8]))
    assert row["capture"] == 0
    assert not row["advice"]
    assert row["capture_equal_split"] == pytest.approx(0)
    assert row["capture_optimizer"] == pytest.approx(1)


def test_the_best_plan_captures_everything():
    truth = toy([3.0, 1.0], [50.0, 50.0])
    plan = pd.DataFrame(
        {"region": "R", "channel": ["c0", "c1"], "current": 50.0, "recommended": [60.0, 40.0], "lower": 40.0}
    ).assign(upper=60.0, outcome_recommended_mean=[25.0, 6.0], outcome_current_mean=[20.0, 8.0])
    row = capture.score_plans(truth, plan, np.ones(2))
    assert row["capture"] == pytest.approx(1)
    assert row["capture_own_bounds"] == pytest.approx(1)
    assert row["predicted_gain"] == 3
    assert row["realised_gain"] == pytest.approx(3 * (60**0.5 - 50**0.5) + 40**0.5 - 50**0.5)


def test_percent_of_revenue_gives_regions_the_same_share():
    truth = toy([1.0, 1.0, 1.0], [10.0, 30.0, 60.0])
    truth = worlds.Truth([("A", "x"), ("A", "y"), ("B", "x")], truth.spend, truth.support, np.array([300, 300, 100.0]),
                         truth.values)  # fmt: skip
    wish = capture.by_revenue(truth)
    assert (wish[:2].sum() / wish[2]) == pytest.approx(3)
    assert wish[1] / wish[0] == pytest.approx(3)


@pytest.fixture(scope="module")
def plain():
    return simulate_company(1000, markets=[worlds.MARKET])


@pytest.fixture(scope="module")
def distorted(plain):
    return worlds.distort(plain, 0.5)


def test_distortion_moves_the_budget_and_keeps_total_and_truth(plain, distorted):
    one, other = plain.markets["DE"], distorted.markets["DE"]
    paid = [c for c, t in one.truth.items() if t.channel.paid]
    total = [sum(world.plans[c].sum() for c in paid) for world in (one, other)]
    assert total[1] == pytest.approx(total[0], rel=1e-6)
    assert any(abs(np.log(other.plans[c].sum() / one.plans[c].sum())) > 0.2 for c in paid)
    assert other.truth is one.truth


def test_outcome_changes_by_what_the_other_spend_brings(plain, distorted):
    paid = [c for c, t in plain.markets["DE"].truth.items() if t.channel.paid]
    change = distorted.outcome("DE") - plain.outcome("DE")
    expected = sum(distorted.contribution("DE", c) - plain.contribution("DE", c) for c in paid)
    assert np.abs(change - expected).to_numpy().max() <= 0.01
    assert np.abs(distorted.baseline("DE") - plain.baseline("DE")).to_numpy().max() <= 0.01


def test_the_truth_is_the_simulators_own_forecast(distorted):
    truth = worlds.compute_truth(distorted.markets["DE"])
    i = truth.cells.index(("Süd", "tv"))
    history = distorted.spend("DE", "tv")
    ahead = pd.date_range(history.index[-1], periods=worlds.HORIZON + 8, freq="7D")[1:]
    totals = []
    for multiple in (0.0, 1.2):
        future = pd.DataFrame(0.0, index=ahead, columns=history.columns)
        future.iloc[: worlds.HORIZON] = history.iloc[-52:].mean().to_numpy() * multiple
        landed = distorted.contribution("DE", "tv", pd.concat([history, future]))
        totals.append(landed["Süd"].iloc[len(history) :].sum())
    assert truth.values(np.full((len(truth.cells), 1), 1.2))[i, 0] == pytest.approx(totals[1] - totals[0])


def test_todays_plan_is_as_far_behind_as_stated():
    company, strength = worlds.distorted_company(1000)
    gap = worlds.today_gap(worlds.compute_truth(company.markets["DE"]))
    assert worlds.GAP_BAND[0] <= gap <= worlds.GAP_BAND[1]
    assert abs(strength) <= 1


def test_figures_count_seeds_without_advice_as_nothing_gained():
    rows = pd.DataFrame(
        {
            "capture": [0.8, 0.0, -0.2],
            "advice": [True, False, True],
            "predicted_gain": [10.0, 0.0, 6.0],
            "realised_gain": [9.0, 0.0, -1.0],
            "capture_own_bounds": [0.9, np.nan, -0.3],
            "capture_equal_split": 0.1,
            "capture_percent_of_revenue": 0.0,
            "capture_optimizer": 0.0,
        }
    )
    found = summarise_capture(rows)["value"]
    assert found["capture"] == pytest.approx(0.2)
    assert found["capture_own_bounds"] == pytest.approx(0.3)
    assert found["realised_over_predicted"] == pytest.approx(0.5)


def test_the_interval_of_a_mean_is_that_of_students_t():
    values = pd.Series([0.8, 0.6, -0.2, 0.0, 0.4])
    expected = ttest_1samp(values, 0).confidence_interval(0.9)
    assert bound_ratio(values)[1:] == pytest.approx((expected.low, expected.high))


def test_the_interval_of_a_ratio_holds_it_nine_times_in_ten():
    rng, hits, runs = np.random.default_rng(1), 0, 1000
    for _ in range(runs):
        below = pd.Series(rng.gamma(4.0, 1.0, 20))
        low, high = bound_ratio(0.9 * below + rng.normal(0.0, 1.0, 20), below)[1:]
        hits += low <= 0.9 <= high
    assert 0.87 <= hits / runs <= 0.93


def test_rows_of_a_seed_replace_each_other(tmp_path):
    path = tmp_path / "capture.csv"
    for seed, value in ((2, 0.1), (1, 0.2), (2, 0.3)):
        capture.append_row(path, {"seed": seed, "capture": value})
    assert capture.read_rows(path)[["seed", "capture"]].to_numpy().tolist() == [[1, 0.2], [2, 0.3]]
