"""Words, tables and charts about experiments: every number bound to the tables, nothing claimed without a range."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.experiments import experiments_page as page
from mmm_helpers.report.experiments import known_tests, plots_experiments

LABELS = {"social": "Paid social", "tv": "TV", "search": "Search"}


def _quantity(name, mean, low, high):
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q50": mean, f"{name}_q95": high}


@pytest.fixture
def experiments():
    base = {"kind": "experiment", "start": "2025-03-03", "end": "2025-04-27", "source": "measured"}
    base |= {"method": "difference", "balance": 0.1, "placebo_share": 0.05, "verdict": "an effect"}
    dark = base | {"experiment": "A", "channel": "social", "regions": "Ost|Nord", "design": "go_dark",
                   "p_value": 0.02, "spend_change": -2e5}  # fmt: skip
    dark |= _quantity("lift", -5e5, -8e5, -2e5) | _quantity("iroas", 2.5, 1.0, 4.0)
    stated = base | {"experiment": "B", "channel": "tv", "regions": "all", "design": "roas", "source": "stated",
                     "method": "stated", "p_value": np.nan, "spend_change": 1e5, "start": "2025-06-02"}  # fmt: skip
    stated |= _quantity("lift", 1e5, 0.5e5, 1.5e5) | _quantity("iroas", 1.0, 0.5, 1.5)
    pause = dark | {
        "experiment": "C",
        "kind": "natural",
        "channel": "search",
        "regions": "Ost",
        "p_value": 0.4,
    }
    return pd.DataFrame([dark, stated, pause])


@pytest.fixture
def calibration():
    stages = _quantity("prior", 1.5, 0.3, 6.0) | _quantity("before", 10.0, 8.0, 12.0)
    stages |= _quantity("after", 3.0, 2.0, 4.0) | _quantity("experiment", 2.5, 1.0, 4.0)
    one = {"experiment": "A", "channel": "social", "regions": "Ost|Nord", "conflict_probability": 0.004}
    one |= stages | {
        "used": True,
        "reason": "contradicts the model; explained: bought when people buy anyway",
    }
    two = one | _quantity("before", 1.1, 0.7, 1.5) | _quantity("after", 1.0, 0.7, 1.3)
    two |= {"experiment": "B", "channel": "tv", "regions": "all", "conflict_probability": 0.6}
    return pd.DataFrame([one, two | {"reason": "agrees with what the model expects"}])


@pytest.fixture
def names(experiments):
    return page.name_tests(experiments, LABELS)


def test_finding_names_the_test_that_changed_most(experiments, calibration, names):
    said = page.describe_experiments(experiments, calibration, names=names, market="Germany")
    assert "Of 2 experiments in Germany 2 inform the model" in said
    assert "Paid social off in Ost and Nord says 2.5 (1.0–4.0)" in said
    assert "the model without it said 10 (8.0–12), and says 3.0 (2.0–4.0) now" in said


def test_without_a_test_the_page_says_that_it_cannot_be_known(experiments, calibration, names):
    none = experiments[experiments["kind"] == "natural"]
    said = page.describe_experiments(none, calibration.head(0), names=names, market="Norway")
    assert "No experiment has been run in Norway" in said
    assert "cannot be known" in said


def test_one_region_is_told_why_there_is_no_geo_test():
    panel = pd.DataFrame({"region": ["all"] * 3, "date": [1, 2, 3]})
    assert "one region" in page.explain_none(panel, unit="week")
    two = pd.DataFrame({"region": ["a", "b"] * 3, "date": [1, 1, 2, 2, 3, 3]})
    assert "2 regions and 3 weeks" in page.explain_none(two, unit="week")


def test_result_has_its_range_its_chance_and_its_return(experiments, names):
    measured, stated, _ = experiments.to_dict("records")
    said = page.describe_result(measured, names, currency="EUR", unit="week")
    assert "spend −€200 k" in said
    assert "outcome −€500 k (−800 to −200) by difference in differences" in said
    assert "chance alone has 2 %" in said
    assert "2.5 (1.0–4.0) back" in said
    assert "as stated; 1.0 (0.50–1.5) back" in page.describe_result(
        stated, names, currency="EUR", unit="week"
    )


def test_test_that_could_not_be_measured_says_why(experiments, names):
    row = experiments.iloc[0].to_dict() | _quantity("lift", np.nan, np.nan, np.nan)
    row |= {"verdict": "no region was left alone"}
    said = page.describe_result(row, names, currency="EUR", unit="week")
    assert said.endswith("the effect cannot be measured, since no region was left alone.")


def test_clearest_test_is_measured_and_least_likely_by_chance(experiments):
    assert page.find_clearest(experiments)["experiment"] == "A"
    assert page.find_clearest(experiments[experiments["source"] == "stated"]) is None


def test_conflicts_say_what_follows(calibration, names):
    said = page.describe_conflicts(calibration, names=names)
    assert said.startswith("1 test contradicts the model that does not know it")
    assert "(chance less than 1 %) counts, since it is explained (bought when people buy anyway)" in said
    unused = calibration.assign(used=False)
    assert "stays out until somebody explains it" in page.describe_conflicts(unused, names=names)
    agreeing = calibration.assign(conflict_probability=[0.3, 0.6])
    assert (
        "No test contradicts the model: the most surprising had a chance of 30 %"
        in page.describe_conflicts(agreeing, names=names)
    )


def test_calibration_is_told_with_the_truth_where_it_is_known(calibration, names):
    said = page.describe_calibration(calibration, names=names, truth={"A": 2.6})
    first, second = said.splitlines()
    assert first.endswith("with it 3.0 (2.0–4.0); the truth is 2.6.")
    assert "truth" not in second


def test_pauses_are_told_from_chance_or_not(experiments, names):
    natural = experiments[experiments["kind"] == "natural"]
    assert "1 pause of a channel in one region can be read like a test. Told from chance: none." in (
        page.describe_natural(natural, names=names)
    )
    assert "In no region was a channel paused" in page.describe_natural(natural.head(0), names=names)


def test_tables_hold_every_row_in_words(experiments, names):
    table = page.compute_experiment_table(experiments, names=names, currency="EUR")
    assert list(table) == list(page.EXPERIMENT_COLUMNS)
    assert table["test"].tolist()[0] == "Paid social off in Ost and Nord"
    assert table["p"].tolist() == ["2 %", "–", "40 %"]
    methods = experiments.assign(marked=["", np.nan, "too few donors"])
    shown = page.compute_method_table(methods, names=names, currency="EUR")
    assert shown["marked"].tolist() == ["", "", "too few donors"]


def test_charts_draw_every_test(experiments, calibration, names):
    grid = plots_experiments.plot_calibration(calibration, names=names, truth={"A": 2.6}, break_even=1.7)
    assert [ax.get_title(loc="left") for ax in grid] == [names["A"], names["B"]]
    assert any("truth 2.6" in t.get_text() for t in grid[0].texts)
    assert any("break-even" in t.get_text() for t in grid[1].texts)
    conflict = plots_experiments.plot_conflict(calibration, names=names, threshold=0.05)
    assert len(conflict.get_yticklabels()) == 2
    methods = experiments.assign(marked="")
    assert (
        len(plots_experiments.plot_methods(methods, labels=page.METHOD_NAMES, currency="EUR").get_yticks())
        == 3
    )
    plt.close("all")


def test_series_shades_the_test_and_its_cool_down():
    dates = pd.date_range("2025-01-06", periods=12, freq="7D")
    periods = ["before"] * 8 + ["test"] * 2 + ["cooldown"] * 2
    expected = {"expected_mean": 11.0, "expected_q05": 9.0, "expected_q95": 13.0}
    series = pd.DataFrame({"date": dates, "observed": 10.0, "period": periods} | expected)
    ax = plots_experiments.plot_test(series, currency="EUR")
    assert len(ax.patches) == 1
    said = page.describe_series(series, "TV off in Ost", currency="EUR")
    assert "€10.0 a period, against €11.0" in said
    plt.close("all")


def test_truth_is_that_of_the_same_spend_or_none(experiments):
    truth = pd.DataFrame({"market": ["DE", "DE"], "experiment": ["A", "B"], "spend_change": [-1e5, 3e5],
                          "iroas": [2.6, 1.1]})  # fmt: skip
    assert known_tests.find_true_returns(truth, experiments, market="DE", rate=2.0) == {"A": 2.6}
    assert known_tests.find_true_returns(None, experiments, market="DE") == {}
    assert known_tests.find_true_returns(truth, experiments, market="NO", rate=2.0) == {}


def test_real_data_have_no_truth(tmp_path):
    assert known_tests.read_true_tests(tmp_path) is None
