"""The truth is the simulation's, belongs to the data, and the regression's misses are counted right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.regression import design, grid, ols, truth, truth_words
from mmm_helpers.simulation import simulate_company
from mmm_helpers.simulation.observed import panel as simulated_panel
from mmm_helpers.simulation.truth import compute_channel_effects

LABELS = {"tv": "TV", "social": "Paid social"}


@pytest.fixture(scope="module")
def company():
    return simulate_company(markets=["NO"])


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    return truth.read_truth(PROJECT_ROOT / "data" / "demo")


@pytest.fixture
def panel() -> pd.DataFrame:
    return pd.DataFrame(
        {"region": "a", "date": pd.date_range("2024-01-01", periods=2), "outcome": 1.0}
    ).assign(spend_tv=[10.0, 20.0], spend_ooh=[60.0, 30.0])


@pytest.fixture
def known() -> pd.DataFrame:
    """TV 30 spent at 2.0, out-of-home 90 at 4.0; another window and region beside them."""
    rows = [
        ("XX", "a", "tv", "all_history", 30.0, 2.0, 1.0),
        ("XX", "a", "ooh", "all_history", 90.0, 4.0, 3.0),
        ("XX", "a", "tv", "last_52_weeks", 5.0, 9.0, 9.0),
        ("XX", "b", "tv", "all_history", 30.0, 8.0, 8.0),
    ]
    return pd.DataFrame(rows, columns=["market", "region", "channel", "window", "spend", "roas", "mroas"])


def test_real_data_have_no_truth(tmp_path, panel):
    assert truth.read_truth(tmp_path) is None
    assert truth.find_truth(None, panel, market="XX", region="a", channels=["tv"]) is None


def test_the_demos_truth_is_what_its_simulation_computes(company, demo):
    computed = compute_channel_effects(company)
    keys = ["market", "region", "channel", "window"]
    both = computed.merge(demo, on=keys, suffixes=("", "_file"))
    assert len(both) == len(computed) > 0
    paid = both[both["roas"].notna()]
    assert paid["roas"].to_numpy(float) == pytest.approx(paid["roas_file"].to_numpy(), rel=1e-6)


def test_the_demos_truth_belongs_to_its_data(company, demo):
    panel = simulated_panel(company, "NO")
    found = truth.find_truth(demo, panel, market="NO", region="East", channels=["tv", "social"])
    own = demo.query("market == 'NO' and region == 'East' and window == 'all_history'").set_index("channel")
    assert found["truth"].to_dict() == own.loc[["tv", "social"], "roas"].to_dict()


def test_truth_of_region_and_window(known, panel):
    found = truth.find_truth(known, panel, market="XX", region="a", channels=["tv", "ooh"])
    assert found["truth"].to_dict() == {"tv": 2.0, "ooh": 4.0}
    assert found["marginal"].to_dict() == {"tv": 1.0, "ooh": 3.0}


def test_groups_truth_is_weighed_by_spend(known, panel):
    found = truth.find_truth(known, panel, market="XX", region="a", channels=["tv+ooh"])
    assert found.loc["tv+ooh"].tolist() == pytest.approx([(30 * 2 + 90 * 4) / 120, (30 + 270) / 120, 120.0])


def test_truth_of_other_data_is_refused(known, panel):
    panel["spend_tv"] *= 1.01
    assert truth.find_truth(known, panel, market="XX", region="a", channels=["tv", "ooh"]) is None


@pytest.mark.parametrize("options", [{"market": "YY"}, {"channels": ["radio"]}])
def test_unknown_market_or_channel_has_no_truth(known, panel, options):
    assert (
        truth.find_truth(known, panel, **{"market": "XX", "region": "a", "channels": ["tv"]} | options)
        is None
    )


@pytest.fixture(scope="module")
def world(make_data, true_return):
    """Regression data in which TV follows an observed demand, their search, and the truth."""
    data = make_data(156, confounding=1.0, demand=True)
    search = grid.search_retentions(data)
    frame = pd.DataFrame({"truth": true_return, "marginal": true_return}).rename_axis("channel")
    return data, search, frame.assign(true_spend=data.spend.sum())


@pytest.fixture(scope="module")
def variants(world):
    data, search, known = world
    return truth.compute_variants(data, search, known, opened=ols.open_carry_over(data, search))


def row(variants: pd.DataFrame, variant: str, channel: str) -> pd.Series:
    return variants.set_index(["variant", "channel"]).loc[(variant, channel)]


def test_right_regression_holds_the_truth(variants):
    assert row(variants, truth.BOTH, "tv")["holds"]


def test_without_the_control_demand_is_credited_to_tv(variants):
    own = row(variants, truth.NO_DEMAND, "tv")
    assert not own["holds"]
    assert own["roas_q05"] > own["truth"]


def test_without_carry_over_tv_loses_what_arrives_late(variants):
    """Of TV that moves from week to week, only the first week's share, 0.4 of 2.0, is found."""
    own = row(variants, truth.NO_CARRY_OVER, "tv")
    weights = 0.6 ** np.arange(8)
    assert own["roas_mean"] == pytest.approx(2.0 * weights[0] / weights.sum(), abs=0.35)
    assert not own["holds"]


def test_variants_use_the_same_periods(world, variants):
    data, *_ = world
    plain = ols.fit_ols(data, grid.without_carry_over(data))
    assert len(plain.columns) == int(data.usable.sum())
    assert row(variants, truth.NO_CARRY_OVER, "social")["roas_mean"] == plain.returns["roas_mean"].iloc[1]


def test_without_a_demand_control_only_carry_over_is_varied(make_data, world):
    data = make_data(100)
    search = grid.search_retentions(data)
    found = truth.compute_variants(data, search, world[2], opened=ols.open_carry_over(data, search))
    assert found["variant"].unique().tolist() == [truth.BOTH, truth.OPEN, truth.NO_CARRY_OVER]
    assert truth.find_chaser(data) is None
    assert "**Demand.**" not in truth_words.describe_truth(found, data, search, labels=LABELS)


def test_chaser_is_the_channel_that_follows_demand(world):
    data, *_ = world
    channel, follows = truth.find_chaser(data)
    used = data.usable
    expected = np.corrcoef(data.spend["tv"][used], data.others["control_demand_index"][used])[0, 1]
    assert (channel, follows) == ("tv", pytest.approx(expected))


def test_clearest_carry_over(world):
    assert truth.find_clearest(world[1])[0] == "tv"


@pytest.fixture
def table() -> pd.DataFrame:
    """Two channels, two variants: 1 and 2 of 2 truths held."""
    rows = [
        (truth.BOTH, "tv", 1.0, 0.5, 1.5, 2.0, 1.2),
        (truth.BOTH, "social", 3.0, 1.0, 5.0, 2.5, 0.5),
        (truth.NEITHER, "tv", 1.8, 1.0, 2.6, 2.0, 1.2),
        (truth.NEITHER, "social", 2.4, 1.0, 3.8, 2.5, 0.5),
    ]
    names = ["variant", "channel", "roas_mean", "roas_q05", "roas_q95", "truth", "marginal"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(holds=[False, True, True, True], holds_marginal=[True, False, True, False])


def test_summary_counts_and_misses(table):
    found = truth.summarize_variants(table).set_index("variant")
    assert found.loc[truth.BOTH, ["holds", "holds_marginal", "too_low"]].tolist() == [1, 1, 1]
    assert found.loc[truth.BOTH, "miss"] == pytest.approx(0.75)
    assert found.loc[truth.NEITHER, "miss"] == pytest.approx(0.15)


def test_verdict_counts_and_weighs_the_truth_by_spend(table):
    known = pd.DataFrame({"truth": [2.0, 2.5], "true_spend": [300.0, 100.0]})
    assert truth_words.describe_verdict(table, known) == (
        "This market is simulated, so the truth is known: 2.1 for all spend together, and the 90 % intervals hold "
        "**1 of 2** channels' true returns, where about 2 should."
    )


def test_sentence_about_hits(table):
    text = truth_words.describe_hits(table)
    assert "is 2 (neither)" in text
    assert "The smallest typical miss, 0.15, is that of the one with neither." in text


def test_tables_of_the_truth(table):
    assert truth_words.tabulate_variants(table)["True return held"].tolist() == ["1 of 2", "2 of 2"]
    rows = truth_words.tabulate_truth(table, labels=LABELS)
    assert rows["Both"].tolist() == ["1.0 (0.50–1.5)", "3.0 (1.0–5.0) ✓"]
    assert rows["True return"].tolist() == ["2.0", "2.5"]


def test_list_of_what_goes_wrong(variants, world):
    data, search, _ = world
    text = truth_words.describe_truth(variants, data, search, labels=LABELS)
    assert "**Demand.** TV is bought when demand is high" in text
    assert "**Carry-over.** It shows most clearly for TV" in text
    assert "2 of 2 true returns" in text


def test_pages_without_truth_say_so(world):
    assert "real data never tell" in truth_words.explain_no_truth(None)
    assert "no regression to hold against it" in truth_words.explain_no_truth(world[2])


def test_demo_region_is_wrong_as_its_readme_says(company, demo):
    """Brand search: spend follows demand, and the true return is about a tenth."""
    panel = simulated_panel(company, "NO")
    channels = [c for c in panel if c.startswith("spend_")]
    channels = [c.removeprefix("spend_") for c in channels]
    data = design.build_regression_data(panel, region="East", channels=channels)
    search = grid.search_retentions(data)
    known = truth.find_truth(demo, panel, market="NO", region="East", channels=channels)
    found = truth.compute_variants(data, search, known, opened=ols.open_carry_over(data, search))
    assert truth.find_chaser(data)[0] == "search_brand"
    brand = found[found["channel"] == "search_brand"].set_index("variant")
    assert (
        brand.loc[truth.NO_DEMAND, "roas_mean"]
        > brand.loc[truth.BOTH, "roas_mean"]
        > 5 * brand["truth"].iloc[0]
    )
