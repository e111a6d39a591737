"""What each world claims, over many seeds."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.ladder.media import draw_kernel
from mmm_helpers.ladder.recipe import CHANNELS, CODES, CURVES, KERNELS
from mmm_helpers.ladder.waves import LEAD_IN
from mmm_helpers.ladder.world import MEDIA_SHARE, SPEND_RATIO, simulate_world
from mmm_helpers.ladder.worlds import WORLDS

ISSUED = {
    "clean", "chases_demand", "always_on", "collinear", "staggered", "heterogeneous", "wrong_adstock",
    "wrong_saturation", "outliers", "thin", "null_channel", "national", "hidden_confounder", "confounder_tested",
}  # fmt: skip
SEEDS = range(30)


def _spend(market, code):
    return market.spend[market.life.calendar.recorded][:, :, CODES.index(code)]


def _correlations(drawn, first, second):
    """Correlation within each region of M1 of two (weeks, regions) arrays."""
    return [float(np.corrcoef(a, b)[0, 1]) for a, b in zip(first.T, second.T, strict=True)]


def test_all_worlds_have_distinct_names_labels_and_sentences():
    assert set(WORLDS) >= ISSUED
    assert len({recipe.label for recipe in WORLDS.values()}) == len(WORLDS)
    assert all(recipe.says.endswith(".") for recipe in WORLDS.values())
    assert all(name == recipe.name for name, recipe in WORLDS.items())


def test_unknown_world_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match=r"'name' must be one of clean, .* Got 'mars'"):
        simulate_world("mars", 1)


def test_same_seed_gives_the_same_world_and_another_seed_another(world):
    again, other = simulate_world("thin", 11), simulate_world("thin", 12)
    pd.testing.assert_frame_equal(world("thin", 11).panel, again.panel)
    pd.testing.assert_frame_equal(world("thin", 11).truth, again.truth)
    assert world("thin", 11).portfolio == again.portfolio
    assert not np.allclose(again.truth["roas"], other.truth["roas"])


@pytest.mark.parametrize("seed", [-3, 10**30])
def test_any_integer_is_a_seed(seed):
    assert simulate_world("clean", seed).panel["outcome"].gt(0).all()


@pytest.mark.parametrize("name", WORLDS)
def test_no_world_is_absurd_at_any_seed(world, name):
    for seed in SEEDS:
        drawn = world(name, seed)
        assert drawn.panel.drop(columns=["date", "market", "region"]).ge(0).all(axis=None)
        assert drawn.panel["outcome"].gt(0).all()
        for market in drawn.markets.values():
            weeks = market.life.calendar.recorded
            total = market.expected[weeks].sum()
            share = market.brought(market.spend)[weeks].sum() / total
            ratio = market.spend[weeks].sum() / total
            assert MEDIA_SHARE[0] - 1e-6 <= share <= MEDIA_SHARE[1] + 1e-6
            assert SPEND_RATIO[0] - 1e-6 <= ratio <= SPEND_RATIO[1] + 1e-6
            brought = market.brought(market.spend)[weeks].sum(axis=(0, 2)) / market.expected[weeks].sum(
                axis=0
            )
            assert 0.05 < brought.min() <= brought.max() < 0.40


@pytest.mark.parametrize("name", WORLDS)
def test_cells_lie_on_both_sides_of_break_even(world, name):
    above = [
        (drawn.truth["mroas"] > 1 / drawn.portfolio["margin"]).mean()
        for drawn in (world(name, seed) for seed in SEEDS)
    ]
    assert 0.1 < np.mean(above) < 0.6


def test_returns_average_two_to_three(world):
    returns = [t["incremental"].sum() / t["spend"].sum() for t in (world("clean", s).truth for s in SEEDS)]
    assert 1.8 < np.mean(returns) < 3.0


def test_noise_is_as_large_as_said(world):
    spread = [world("clean", s).markets["M1"].life.surprise.std(axis=0).mean() for s in SEEDS]
    assert 0.03 < np.mean(spread) < 0.042


def test_families_of_kernels_and_curves_are_all_drawn():
    common = WORLDS["short"]
    drawn = {draw_kernel(common, seed, c)[0] for seed in range(20) for c in CHANNELS}
    assert drawn == set(KERNELS)
    families = {c.family for s in range(20) for c in simulate_world("short", s).markets["M1"].response.curves}
    assert families == set(CURVES)


def test_clean_world_fades_within_eight_weeks_and_is_concave(world):
    for seed in SEEDS:
        response = world("clean", seed).markets["M1"].response
        assert all(len(kernel) == 8 and kernel.argmax() <= 1 for kernel in response.kernels)
        assert all(curve.elasticity < 1 for curve in response.curves)


def test_other_carry_over_reaches_beyond_eight_weeks(world):
    late = [
        kernel[8:].sum() for s in SEEDS for kernel in world("wrong_adstock", s).markets["M1"].response.kernels
    ]
    assert np.mean(late) > 0.04
    assert max(late) > 0.1


def test_other_saturation_has_thresholds_and_no_end(world):
    curves = [c for s in SEEDS for c in world("wrong_saturation", s).markets["M1"].response.curves]
    assert {c.family for c in curves} == {"power", "threshold", "gompertz"}
    assert max(c.elasticity for c in curves) > 1.5


def test_search_follows_demand_and_the_index_hardly_shows_it(world):
    strong, plain, seen = [], [], []
    for seed in SEEDS:
        for name, found in (("chases_demand", strong), ("clean", plain)):
            market = world(name, seed).markets["M1"]
            weeks = market.life.calendar.recorded
            found += _correlations(market, np.log(_spend(market, "search")), market.life.demand[weeks])
        life = world("chases_demand", seed).markets["M1"].life
        seen += _correlations(life, life.demand, life.controls["demand_index"])
    assert np.mean(strong) > 0.5
    assert abs(np.mean(plain)) < 0.2
    assert np.mean(seen) ** 2 < 0.5


def test_twins_are_bought_together(world):
    for seed in SEEDS:
        market = world("collinear", seed).markets["M1"]
        pair = _correlations(market, _spend(market, "video"), _spend(market, "social"))
        assert min(pair) > 0.95
        assert max(pair) < 0.995


def test_flat_channels_hardly_move(world):
    for seed in SEEDS:
        market = world("always_on", seed).markets["M1"]
        for code in ("video", "social"):
            assert np.log(_spend(market, code)).std(axis=0).max() < 0.03
        assert np.log(_spend(market, "search")).std(axis=0).min() > 0.15


def test_staggered_channels_spend_nothing_and_bring_nothing_before_their_start(world):
    for seed in SEEDS:
        drawn = world("staggered", seed)
        market = drawn.markets["M1"]
        everything = market.brought(market.spend)[market.life.calendar.recorded]
        for c, code in enumerate(CODES):
            running = _spend(market, code) > 0
            first = running.argmax(axis=0)
            assert len(set(first)) == 3
            assert first.max() < 156 - 52 + 5
            late = ~market.spend[:LEAD_IN, :, c].any(axis=0)
            assert late.sum() >= 2
            assert not any(everything[: first[r], r, c].any() for r in np.flatnonzero(late))


def test_regions_differ_more_where_that_is_the_world(world):
    spread = {}
    for name in ("clean", "heterogeneous"):
        returns = [
            world(name, s).truth.pivot(index="region", columns="channel", values="roas") for s in SEEDS
        ]
        spread[name] = np.sqrt(np.mean([np.log(table).var(ddof=1).mean() for table in returns]))
    assert spread["clean"] == pytest.approx(0.2, abs=0.06)
    assert spread["heterogeneous"] == pytest.approx(0.5, abs=0.1)


def test_odd_weeks_are_far_off(world):
    for seed in SEEDS:
        surprise = world("outliers", seed).markets["M1"].life.surprise
        assert (np.abs(surprise) > 0.14).sum(axis=0).min() >= 2


def test_one_region_shifts_its_level(world):
    """Against the world without the shift: the ratio of the two baselines jumps once, in one region."""
    odd, plain = world("outliers", 4).markets["M1"].life, world("always_on", 4).markets["M1"].life
    ratio = np.log(odd.baseline / plain.baseline)
    jumps = np.abs(np.diff(ratio, axis=0)) > 1e-9
    assert jumps.sum() == 1
    assert 0.06 <= np.abs(ratio[-1]).max() <= 0.12


def test_thin_markets_are_short_noisy_and_alone(world):
    for seed in SEEDS:
        drawn = world("thin", seed)
        rows = drawn.panel.groupby("market")
        assert rows["region"].nunique().tolist() == [3, 1, 1]
        weeks = rows["date"].nunique()
        assert weeks["M1"] == 156
        assert weeks[["M2", "M3"]].between(40, 52).all()
        assert (rows["date"].max() == pd.Timestamp("2025-12-22")).all()


def test_thin_markets_have_the_kernels_and_nearly_the_returns_of_the_others(world):
    apart = []
    for seed in SEEDS:
        drawn = world("thin", seed)
        kernels = [market.response.kernels for market in drawn.markets.values()]
        assert all(np.array_equal(a, b) for a, b in zip(kernels[0], kernels[1], strict=True))
        money = drawn.truth.groupby(["channel", "market"])[["incremental", "spend"]].sum()
        apart.append(np.log(money["incremental"] / money["spend"]).unstack().var(axis=1, ddof=1).mean())
    assert 0.1 < np.sqrt(np.mean(apart)) < 0.4


def test_null_channel_brings_nothing_and_the_others_something(world):
    drawn_nulls = set()
    for seed in SEEDS:
        truth = world("null_channel", seed).truth
        null = truth[truth["null"]]
        drawn_nulls |= set(null["channel"])
        assert null["channel"].nunique() == 1
        assert null[["incremental", "roas", "mroas", "landed"]].eq(0).all(axis=None)
        assert truth.loc[~truth["null"], "incremental"].gt(0).all()
    assert drawn_nulls == set(CODES)


def test_no_other_world_has_a_null_channel(world):
    assert not any(world(name, 1).truth["null"].any() for name in WORLDS if name != "null_channel")


def test_national_media_are_shares_of_one_path(world):
    drawn = world("national", 2)
    market = drawn.markets["M1"]
    for code in CODES:
        spend = _spend(market, code)
        running = spend.sum(axis=1) > 0
        shares = spend[running] / spend[running].sum(axis=1, keepdims=True)
        people = market.life.people / market.life.people.sum()
        assert np.abs(shares - people).max() < 1e-5
        assert drawn.portfolio["channels"][code]["level"] == "national"


def test_hidden_driver_moves_sales_and_spend_and_is_not_in_the_data(world):
    bare = {"date", "market", "region", "outcome", "price", "demand_index"}
    pulled = []
    for seed in SEEDS:
        drawn = world("hidden_confounder", seed)
        market = drawn.markets["M1"]
        weeks = market.life.calendar.recorded
        pulled += _correlations(market, np.log(_spend(market, "search")), market.life.hidden[weeks])
        assert set(drawn.panel) == bare | {f"spend_{c}" for c in CODES}
        assert set(drawn.truth.loc[drawn.truth["confounded"], "channel"]) == {"video", "search"}
    with_it, without = world("hidden_confounder", 6).markets["M1"].life, world("short", 6).markets["M1"].life
    assert with_it.baseline.shape != without.baseline.shape
    plain = world("always_on", 6).markets["M1"].life
    per_sd = np.log(with_it.baseline / plain.baseline) / with_it.hidden
    assert per_sd.std() < 1e-9
    assert 0.04 <= per_sd.mean() <= 0.05
    assert np.mean(pulled) > 0.4


def test_experiment_adds_tests_and_changes_nothing_else(world):
    hidden, tested = world("hidden_confounder", 8), world("confounder_tested", 8)
    pd.testing.assert_frame_equal(hidden.panel, tested.panel)
    pd.testing.assert_frame_equal(hidden.truth, tested.truth)
    assert hidden.tests.empty
    assert "lift_tests" not in hidden.portfolio
    assert set(tested.tests["channel"]) == {"video", "search"}
    assert tested.portfolio["lift_tests"] == "lift_tests.csv"


def test_results_of_experiments_cover_the_truth_in_nine_of_ten_cases(world):
    covered = []
    for seed in range(120):
        drawn = world("confounder_tested", seed)
        market = drawn.markets["M1"]
        dates = market.life.calendar.dates
        for test in drawn.tests.to_dict("records"):
            weeks = slice(
                dates.get_loc(pd.Timestamp(test["start"])), dates.get_loc(pd.Timestamp(test["end"])) + 1
            )
            without = market.spend.copy()
            without[weeks, :, CODES.index(test["channel"])] = 0.0
            true = (market.brought(market.spend) - market.brought(without)).sum()
            covered.append(test["outcome_low"] <= true <= test["outcome_high"])
            spent = market.spend[weeks, :, CODES.index(test["channel"])].sum()
            assert test["spend_change"] == pytest.approx(spent, rel=1e-6)
    assert 0.85 < np.mean(covered) < 0.95


def test_margin_is_drawn_from_its_range_and_the_same_in_all_worlds_of_a_seed(world):
    margins = [world("clean", seed).portfolio["margin"] for seed in SEEDS]
    assert 0.35 <= min(margins) < 0.42
    assert 0.53 < max(margins) <= 0.60
    assert margins == [world("short", seed).portfolio["margin"] for seed in SEEDS]


def test_wandering_effects_wander_more(world):
    def moved(name):
        size = world(name, 3).markets["M1"].response.size
        return np.log(size[:, 0]).std(axis=0).mean()

    assert moved("varying_effects") > 1.5 * moved("always_on")
