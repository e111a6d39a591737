"""Words, tables and charts about holdouts: every number bound to the tables, nothing claimed without a range."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.qini import COLUMNS
from mmm_helpers.report.experiments import plots_uplift as plots
from mmm_helpers.report.experiments import uplift_words as page


def _group(region, segment, mean, *, outcome="converted", method="simple", half=0.004, **changes):
    row = {"market": "DE", "channel": "email", "outcome": outcome, "method": method, "region": region}
    row |= {
        "segment": segment,
        "treated": 700,
        "control": 300,
        "treated_mean": 0.05 + mean,
        "control_mean": 0.05,
    }
    row |= {"uplift_mean": mean, "uplift_q05": mean - half, "uplift_q50": mean, "uplift_q95": mean + half}
    return row | {"sd": half / 1.645, "marked": ""} | changes


@pytest.fixture
def uplift():
    groups = [("all", "all", 0.01), ("all", "new", 0.03), ("all", "old", -0.002), ("Ost", "all", 0.012)]
    groups += [("West", "all", 0.009), ("Ost", "new", 0.04)]
    rows = [_group(*group, method=method) for method in ("simple", "t_learner") for group in groups]
    rows += [_group(*g[:2], 100 * g[2], outcome="value", half=0.4) for g in groups]
    rows[5]["marked"] = "few conversions in an arm"
    return pd.DataFrame(rows)[COLUMNS["uplift"]]


@pytest.fixture
def qini():
    row = {"area_mean": 0.003, "area_q05": 0.001, "area_q95": 0.005, "coefficient_mean": 0.6}
    row |= {"coefficient_q05": 0.2, "coefficient_q95": 1.0, "segment_p_value": 0.001, "region_p_value": 0.6}
    return row


@pytest.fixture
def curve():
    share = np.linspace(0, 1, 51)
    gain = 0.01 * share + 0.01 * share * (1 - share)
    columns = {"share": share, "uplift_mean": gain, "uplift_q05": gain - 0.002 * share}
    return pd.DataFrame(columns | {"uplift_q95": gain + 0.002 * share, "random": 0.01 * share})


@pytest.fixture
def truth():
    known = {("all", "all"): 0.011, ("all", "new"): 0.03, ("all", "old"): 0.01, ("Ost", "new"): 0.042}
    return pd.DataFrame(
        [(*group, value) for group, value in known.items()], columns=["region", "segment", "uplift"]
    )


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_finding_says_how_many_and_what_it_brought(uplift):
    said = page.describe_holdout(uplift, "email", label="Email", market="Germany", currency="EUR")
    assert "Email: 700 of 1,000 people in Germany were treated, the others left out by lot" in said
    assert "Of the treated 6.0 % converted, of the others 5.0 %: +1.0 points (+0.6 to +1.4)" in said
    assert "+€1.00 (+0.60 to +1.40) for each person" in said


def test_groups_are_told_apart_only_if_chance_would_not_do_it(uplift, qini):
    own = page.rows_of(uplift, "email")
    segments = page.describe_groups(own, qini, by="segment")
    assert "most in new, +3.0 points (+2.6 to +3.4), least in old, −0.2 points (−0.6 to +0.2)" in segments
    assert "a chance of less than 1 %: they differ" in segments
    regions = page.describe_groups(own, qini, by="region")
    assert "a chance of 60 %: so they cannot be told apart" in regions


def test_one_region_has_nothing_to_compare(uplift, qini):
    own = page.rows_of(uplift, "email")
    said = page.describe_groups(own[own["region"] == "all"], qini, by="region")
    assert said == "The holdout has one region: there is nothing to compare."


def test_ranking_is_set_against_lot_and_everybody(curve, qini):
    said = page.describe_ranking(curve, qini)
    assert "Treating the 30 % ranked highest brings 5.1 (4.5–5.7) more conversions per 1,000 people" in said
    assert "30 % drawn by lot bring 3.0, everybody 10" in said
    assert said.endswith("The ranking is better than drawing by lot: Qini coefficient 0.60 (0.20–1.0).")


def test_ranking_that_may_be_chance_is_not_praised(curve, qini):
    said = page.describe_ranking(curve, qini | {"area_q05": -0.001, "coefficient_mean": np.nan})
    assert said.endswith("The ranking is not told from drawing by lot.")
    assert "too few people" in page.describe_ranking(curve.head(0), qini)


def test_balance_of_a_fair_and_of_an_unfair_lot():
    rows = {"what": ["recency", "value"], "treated": [10.0, 60.0], "control": [10.1, 59.0]}
    fair = pd.DataFrame(rows | {"difference_sd": [-0.01, 0.02], "p_value": [0.6, 0.3]})
    assert page.describe_arm_balance(fair) == (
        "Of 2 features the widest apart is value, by 0.020 sd between people: what a fair lot leaves."
    )
    assert "Ask how the people were drawn" in page.describe_arm_balance(fair.assign(p_value=[0.6, 0.0001]))
    assert "cannot be seen" in page.describe_arm_balance(fair.head(0))


def test_truth_is_counted_by_method(uplift, truth):
    said = page.describe_against_truth(uplift[uplift["outcome"] == "converted"], truth)
    assert said == (
        "Groups whose 90 % range holds the truth: 3 of 4 by the difference of means, 3 of 4 by the T-learner."
    )


def test_largest_holdout_is_named(uplift):
    other = uplift.assign(channel="display", treated=uplift["treated"] * 2)
    assert page.largest_holdout(pd.concat([uplift, other])) == "display"
    assert page.largest_holdout(uplift.head(0)) is None
    assert "No holdout among people is declared" in page.explain_no_holdout()


def test_learner_is_drawn_where_there_is_one(uplift):
    assert set(page.rows_to_draw(uplift, "email")["method"]) == {"t_learner"}
    simple = uplift[uplift["method"] == "simple"]
    assert set(page.rows_to_draw(simple, "email")["method"]) == {"simple"}


def test_table_sets_the_methods_side_by_side(uplift, truth):
    table = page.compute_uplift_table(uplift, "email", currency="EUR", truth=truth)
    assert list(table) == list(page.UPLIFT_TITLES)
    first = table.iloc[0]
    assert (first["people"], first["simple"]) == (1000, "+1.0 points (+0.6 to +1.4)")
    assert (first["value"], first["truth"]) == ("+€1.00 (+0.60 to +1.40)", "+1.1 points")
    assert table["marked"].tolist()[-1] == "few conversions in an arm"
    plain = page.compute_uplift_table(uplift[uplift["method"] == "simple"], "email", currency="EUR")
    assert "truth" not in plain
    assert set(plain["t_learner"]) == {"–"}


def test_blank_marks_of_a_csv_are_no_marks(uplift, tmp_path):
    uplift.to_csv(tmp_path / "uplift.csv", index=False)
    again = pd.read_csv(tmp_path / "uplift.csv")
    table = page.compute_uplift_table(again, "email", currency="EUR")
    assert table["marked"].tolist()[:2] == ["", ""]
    assert len(plots.plot_uplift(page.rows_of(again, "email")).get_yticklabels()) == 6


def test_chart_has_a_row_for_each_group_and_the_truth(uplift, truth):
    axes = plots.plot_uplift(page.rows_of(uplift, "email"), truth=truth)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["everybody", "new", "old", "Ost", "West", "Ost · new"]
    marks = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "|"]
    assert marks == [0.011, 0.03, 0.01, 0.042]
    assert "the truth" in axes.get_xlabel()
    assert "truth" not in plots.plot_uplift(page.rows_of(uplift, "email")).get_xlabel()


def test_many_groups_are_shown_by_segment_and_by_region():
    regions = [f"R{i}" for i in range(9)]
    groups = [("all", "all"), *(("all", s) for s in "abc"), *((r, "all") for r in regions)]
    groups += [(r, s) for r in regions for s in "abc"]
    shown = plots.shown_groups(pd.DataFrame([_group(r, s, 0.01) for r, s in groups]))
    assert len(shown) == 13


def test_qini_chart_has_curve_random_line_and_best(curve):
    best = pd.DataFrame({"share": [0.0, 0.5, 1.0], "uplift": [0.0, 0.012, 0.01]})
    axes = plots.plot_qini(curve, best=best)
    said = {text.get_text() for text in axes.texts}
    assert said == {"ranked by the T-learner", "drawn by lot", "the best there could be (truth)"}
    ends = [line.get_ydata()[-1] for line in axes.lines[:3]]
    assert ends == pytest.approx([10.0, 10.0, 10.0])
    assert len(plots.plot_qini(curve).texts) == 2
