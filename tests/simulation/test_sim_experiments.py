"""Experiments of the simulated company: they change their own cells, and their truth is that change."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.simulation import simulate_company
from mmm_helpers.simulation.exports import raw_files
from mmm_helpers.simulation.lift_tests import compute_experiments, lift_test_table
from mmm_helpers.simulation.metrics import delivery
from mmm_helpers.simulation.world import LEAD_IN


@pytest.fixture(scope="module")
def untested():
    return simulate_company(experiments={})


@pytest.fixture(scope="module")
def truth(company):
    return compute_experiments(company).set_index("experiment")


@pytest.fixture(scope="module")
def told(company):
    return lift_test_table(company).set_index("experiment")


def _cells(company, row):
    """Weeks × regions that a test treats."""
    dates = company.markets[row["market"]].dates
    inside = (dates >= pd.Timestamp(row["start"])) & (dates <= pd.Timestamp(row["end"]))
    return inside, row["regions"].split("|")


def test_markets_without_experiments_are_what_they_were(company, untested):
    for code in ("NO", "PT", "IE"):
        assert not company.markets[code].experiments
        assert np.array_equal(company.markets[code].outcome, untested.markets[code].outcome)


def test_only_treated_cells_have_other_spend(company, untested, truth):
    for code, world in company.markets.items():
        for channel, amount in world.amounts.items():
            same = amount == untested.markets[code].amounts[channel]
            own = truth[
                (truth["market"] == code) & (truth["channel"] == channel) & (truth["design"] != "roas")
            ]
            for _, row in own.iterrows():
                inside, regions = _cells(company, row)
                where = np.isin(world.regions, regions)
                same[LEAD_IN:][np.ix_(inside, where)] = True
            assert same.all()


def test_outcome_differs_by_the_true_change_alone(company, untested, truth):
    for code in ("US", "DE", "JP"):
        change = company.markets[code].outcome.sum() - untested.markets[code].outcome.sum()
        own = truth[(truth["market"] == code) & (truth["design"] != "roas")]
        assert change == pytest.approx(own["outcome_change"].sum(), rel=1e-6)


def test_noise_and_shock_are_those_of_a_company_that_never_tests(company, untested):
    for code, world in company.markets.items():
        other = untested.markets[code]
        assert np.allclose(world.shock + world.noise, other.shock + other.noise, rtol=0, atol=1.01)


def test_truth_of_a_dark_test_is_the_outcome_lost(company, untested, truth):
    row = truth.loc["Social dark 2025"]
    inside, regions = _cells(company, row)
    lost = company.contribution("US", "social") - untested.contribution("US", "social")
    first = int(np.argmax(inside))
    assert row["outcome_change"] == pytest.approx(lost[regions].iloc[first : first + 10 + 7].sum().sum())
    assert row["spend_change"] == pytest.approx(
        -untested.spend("US", "social").loc[inside, regions].sum().sum()
    )


def test_dark_regions_spend_nothing_and_the_others_go_on(company, truth):
    row = truth.loc["Generische Suche aus 2025"]
    inside, regions = _cells(company, row)
    spend = company.spend("DE", "search_generic").loc[inside]
    assert (spend[regions] == 0).all(axis=None)
    assert (spend.drop(columns=regions).sum() > 0).all()


def test_heavy_up_triples_spend_for_less_than_its_average_return(company, untested, truth):
    row = truth.loc["Online-Video verdreifacht 2025"]
    inside, regions = _cells(company, row)
    spend = [c.spend("DE", "online_video").loc[inside, regions].sum().sum() for c in (company, untested)]
    assert spend[0] == pytest.approx(3 * spend[1], rel=1e-6)
    channel = company.markets["DE"].truth["online_video"]
    average = channel.return_at_mean[company.markets["DE"].regions.index(regions[0])]
    assert 0.2 * average < row["iroas"] < 0.8 * average


def test_brand_search_brings_next_to_nothing(truth):
    assert truth.loc["Brand search dark 2025", "iroas"] == pytest.approx(0.1, abs=0.05)


def test_tests_of_a_market_do_not_meet_in_time(company):
    for world in company.markets.values():
        spans = sorted((test.weeks.start, test.weeks.stop + 7) for test in world.experiments)
        assert all(one[1] <= two[0] for one, two in pairwise(spans))


def test_one_test_is_too_old_to_count_and_the_others_are_not(company, truth):
    age = {m: w.dates[-1] - pd.DateOffset(months=18) for m, w in company.markets.items()}
    ended = pd.to_datetime(truth["end"]) + pd.Timedelta(weeks=7)
    old = ended < truth["market"].map(age)
    assert old[old].index.tolist() == ["Video dark 2024"]


def test_stated_ranges_hold_the_truth_and_the_others_are_blank(truth, told):
    stated = told[truth["result"] == "stated"]
    assert sorted(stated.index) == ["Brand search dark 2025", "E-Mail Kontrollgruppe 2025"]
    true = truth.loc[stated.index, "outcome_change"]
    assert ((stated["outcome_low"] < true) & (true < stated["outcome_high"])).all()
    assert (
        told.drop(index=stated.index)[["outcome_change", "outcome_low", "outcome_high"]].isna().all(axis=None)
    )


def test_stated_results_cover_the_truth_in_nine_of_ten_seeds():
    hits = []
    for seed in range(40):
        company = simulate_company(seed, markets=["DE"])
        row = lift_test_table(company).set_index("experiment").loc["E-Mail Kontrollgruppe 2025"]
        true = compute_experiments(company).set_index("experiment").loc[row.name, "outcome_change"]
        hits.append(row["outcome_low"] < true < row["outcome_high"])
    # 31 to 40 of 40 is the binomial range of 99.5 % at a chance of 0.9.
    assert 31 <= sum(hits) <= 40


def test_platform_reports_nothing_from_dark_cells_and_the_same_elsewhere(company, untested):
    report, plan = (delivery(c.markets["US"], "social") for c in (company, untested))
    kept = plan.merge(report[["region", "date"]], on=["region", "date"])
    pd.testing.assert_frame_equal(report.reset_index(drop=True), kept)
    gone = plan.merge(report[["region", "date"]], on=["region", "date"], how="left", indicator=True)
    gone = gone[gone["_merge"] == "left_only"]
    assert set(gone["region"]) == {"Northeast", "Southwest"}
    assert (gone["date"].min(), gone["date"].max()) >= (
        pd.Timestamp("2025-02-09"),
        pd.Timestamp("2025-04-13"),
    )
    assert gone["date"].max() <= pd.Timestamp("2025-04-19")


def test_short_history_runs_only_the_tests_that_it_has_room_for():
    world = simulate_company(markets=["US"], weeks=80).markets["US"]
    assert [test.recipe.name for test in world.experiments] == ["Social dark 2025", "Brand search dark 2025"]


def test_no_experiments_no_file():
    assert "lift_tests.csv" not in raw_files(simulate_company(markets=["PT"]))
