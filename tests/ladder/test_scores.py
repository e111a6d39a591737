"""Scores of rows small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.ladder.rows import COLUMNS
from mmm_helpers.ladder.scores import (
    TARGETS,
    TUNING_SEEDS,
    compute_figures,
    compute_scores,
    interval_score,
    mark_rows,
    rank_correlation,
    reported,
    share_of,
)
from tests.ladder.made_up import SILENT, failed, ladder, rows


def score(*changes: dict, world: str = "all") -> pd.Series:
    return compute_scores(rows(*changes)).set_index("world").loc[world]


def mark(change: dict) -> pd.Series:
    return mark_rows(rows(change)).iloc[0]


def test_good_cell_is_neither_failure_nor_alarm():
    cell = mark({})
    assert cell[["cell", "scored", "grade", "covered", "advised"]].all()
    assert not cell[["silent", "false_alarm", "wrong_way", "null_cell", "grade_untested"]].any()
    assert cell["miss"] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("change", "silent"),
    [
        (SILENT, True),
        (SILENT | {"decision_grade": False}, False),
        (SILENT | {"incremental_q05": 199.0}, False),
        (SILENT | {"incremental_mean": 300.0}, False),
        ({"incremental_mean": 90.0, "incremental_q05": 50.0, "incremental_q95": 150.0}, True),
        (SILENT | {"null": True, "truth_incremental": 0.0}, False),
    ],
    ids=["both", "refused", "covered", "exactly half", "too low", "null"],
)
def test_silent_failure_is_far_off_sure_and_decision_grade(change, silent):
    assert mark(change)["silent"] == silent


@pytest.mark.parametrize(
    ("change", "alarm"),
    [
        ({"decision_grade": False}, True),
        ({"decision_grade": False, "incremental_mean": 249.0}, True),
        ({"decision_grade": False, "incremental_mean": 250.0}, False),
        ({"decision_grade": False, "world": "collinear"}, False),
        ({}, False),
    ],
    ids=["close", "just below a quarter", "a quarter", "another world", "decision-grade"],
)
def test_false_alarm_is_a_good_number_refused_in_a_clean_world(change, alarm):
    assert mark(change)["false_alarm"] == alarm


@pytest.mark.parametrize(
    ("p_above", "truth", "wrong"),
    [(0.8, 3.0, False), (0.8, 2.0, True), (0.2, 3.0, True), (0.2, 2.0, False), (0.5, 2.0, False)],
)
def test_advice_points_the_wrong_way_where_the_truth_is_on_the_other_side(p_above, truth, wrong):
    assert mark({"p_above": p_above, "truth_mroas": truth})["wrong_way"] == wrong


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"q95_share": 0.02, "landed_q05": 100.0}, True),
        ({"q95_share": 0.03, "landed_q05": 100.0}, False),
        ({"q95_share": 0.03, "landed_q05": 49.0}, True),
        ({"q95_share": 0.03, "landed_q05": 100.0, "identified": False}, True),
    ],
    ids=["small", "clearly above", "may be zero", "not identified"],
)
def test_null_channel_is_small_or_cannot_be_told_from_zero(change, told):
    cell = mark(change | {"null": True, "truth_incremental": 0.0, "truth_mroas": 0.0})
    assert (cell["null_told"], cell["cell"], cell["wrong_way"]) == (told, False, True)


def test_scores_of_four_cells_by_hand():
    """Truth 200 each. Interval scores: 130, 130, 150 + 20 x 50, 130; the second cell is refused."""
    table = score({}, {"channel": "b", "decision_grade": False}, {"channel": "c"} | SILENT, {"seed": 2})
    assert table[["seeds", "cells", "grade", "silent", "false_alarms"]].tolist() == [2, 4, 3, 1, 1]
    assert table[["grade_share", "coverage"]].tolist() == [0.75, 0.75]
    assert table[["grade_coverage", "silent_share"]].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert table["interval_score"] == pytest.approx((130 + 130 + 1150 + 130) / 4 / 200)
    assert table["crps"] == pytest.approx(0.1)
    assert table["srmse"] == pytest.approx(0.3)
    assert table["miss_q50"] == pytest.approx(0.05)
    assert table["miss_q90"] == pytest.approx(0.05 + 0.7 * 0.55)
    assert table["false_alarm_rate"] == 0.25


def test_interval_score_charges_misses_on_both_sides():
    """Width 100, and 20 times the distance of the truth from it (Gneiting and Raftery 2007, alpha 0.1)."""
    given = rows(
        *({"truth_incremental": t, "incremental_q05": 100, "incremental_q95": 200} for t in (90, 150, 203))
    )
    assert interval_score(given).tolist() == pytest.approx([300, 100, 160])


def test_rank_correlation_is_spearmans_within_a_data_set():
    """Ranks 1 2 3 against 1 3 2: 1 - 6 x 2 / 24 = 0.5; a second data set in order: 1."""
    drawn = [
        {"seed": seed, "truth_roas": true, "roas_mean": found}
        for seed, order in ((1, (1, 3, 2)), (2, (1, 2, 3)))
        for true, found in zip((5.0, 7.0, 8.0), order, strict=True)
    ]
    assert rank_correlation(rows(*drawn)) == pytest.approx(0.75)
    assert np.isnan(rank_correlation(rows({}, {"channel": "b"})))


def test_cells_of_a_seed_are_one_cluster():
    """40 cells in 4 data sets, all right or all wrong in each: worth fewer than 4 independent cells."""
    given = rows(
        *({"seed": s, "channel": str(i)} | (SILENT if s == 1 else {}) for s in range(4) for i in range(10))
    )
    share = share_of(mark_rows(given), "covered", "scored")
    assert (share.value, share.cases, share.clusters) == (0.75, 40, 4)
    assert share.effective < 4


def test_same_seed_in_two_worlds_is_two_clusters():
    given = mark_rows(rows({"seed": 1}, {"seed": 1, "world": "thin"}))
    assert share_of(given, "covered", "scored").clusters == 2


def test_limit_without_a_silent_failure_is_over_data_sets():
    table = score(*({"seed": s, "channel": c} for s in range(20) for c in "ab"))
    assert table["silent"] == 0
    assert table["silent_upper95"] == pytest.approx(1 - 0.05 ** (1 / 20))


def test_coverage_says_whether_it_is_consistent_with_90_percent():
    missed = {"incremental_q95": 199.0, "incremental_mean": 180.0}
    good = score(*({"seed": s} | (missed if s < 2 else {}) for s in range(20)))
    bad = score(*({"seed": s} | (missed if s < 8 else {}) for s in range(20)))
    assert (good["grade_coverage"], good["grade_coverage_holds"]) == (0.9, True)
    assert (bad["grade_coverage"], bad["grade_coverage_holds"]) == (0.6, False)


def test_failed_world_counts_as_refused_cells_and_as_an_error():
    table = score({}, failed("clean", 2))
    assert table[["seeds", "errors", "fits", "cells", "grade"]].tolist() == [2, 1, 1, 2, 1]
    assert (table["grade_share"], table["coverage"], table["false_alarm_rate"]) == (0.5, 1.0, 0.0)


def test_failed_world_without_cells_is_an_error_only():
    table = score({}, failed("clean", 2) | {"region": "", "channel": ""})
    assert table[["errors", "cells", "grade_share"]].tolist() == [1, 1, 1.0]


def test_refusals_are_counted_by_fit():
    bad = {"computation": "fail", "decision_grade": False}
    table = score({}, bad | {"market": "B"}, bad | {"market": "B", "channel": "b"}, {"seed": 2})
    assert table[["fits", "refused"]].tolist() == [3, 1]


def test_world_without_decision_grade_cells_has_no_verdict_on_them():
    table = score({"decision_grade": False, "world": "thin"}, world="thin")
    assert table["grade_share"] == 0
    assert table["grade_coverage_holds"] is None
    assert np.isnan(
        table[["grade_coverage", "silent_share", "silent_upper95", "false_alarms"]].astype(float)
    ).all()


def test_confounded_cell_is_decision_grade_with_a_test_only():
    cells = [
        {"confounded": True},
        {"confounded": True, "tested": True},
        {"confounded": True, "decision_grade": False},
    ]
    assert score(*({"channel": str(i)} | c for i, c in enumerate(cells)))["grade_untested"] == 1


def test_only_failures_leave_no_figure_but_counts():
    figures = compute_figures(rows(failed("clean", 1), failed("thin", 1)))
    assert figures["ladder.silent_failures"] == 0
    assert figures["ladder.decision_grade_clean"] == 0
    assert np.isnan(figures["ladder.silent_upper95"])


def test_no_rows_give_no_scores_and_empty_figures():
    empty = rows()
    assert compute_scores(empty).empty
    figures = compute_figures(empty)
    assert set(TARGETS) <= set(figures)
    assert np.isnan(list(figures.values())).all()


def test_figures_by_hand():
    null = {
        "null": True,
        "truth_incremental": 0.0,
        "truth_mroas": 0.0,
        "world": "null_channel",
        "decision_grade": False,
    }
    given = [
        {},
        {"world": "staggered", "decision_grade": False},
        *({"world": "thin", "seed": s} | SILENT for s in range(3)),
    ]
    given += [null | {"q95_share": 0.01}, null | {"channel": "b", "q95_share": 0.05, "landed_q05": 90.0}]
    figures = compute_figures(rows(*given))
    assert figures["ladder.silent_failures"] == 3
    assert figures["ladder.false_alarm_rate"] == 0.5
    assert figures["ladder.decision_grade_clean"] == 0.5
    assert figures["ladder.decision_grade_clean_lowest"] == 0.0
    assert figures["ladder.coverage_90_pooled"] == 0.25
    assert figures["ladder.coverage_90"] == 1
    assert figures["ladder.null_told_apart"] == 0.5


def test_worlds_keep_their_order_and_all_comes_last():
    assert compute_scores(rows({"world": "thin"}, {"world": "clean"}))["world"].tolist() == [
        "thin",
        "clean",
        "all",
    ]


def test_tuning_seeds_are_left_out_of_reports():
    given = rows({"seed": 999}, {"seed": TUNING_SEEDS[0]}, {"seed": TUNING_SEEDS[-1]}, {"seed": 1100})
    assert reported(given)["seed"].tolist() == [999, 1100]


def test_a_drawn_ladder_has_all_scores(tmp_path):
    table = compute_scores(ladder())
    assert set(rows().columns) <= set(COLUMNS)
    assert table.loc[table["world"] == "all", "errors"].item() == 1
    assert table.loc[table["world"] == "hidden_confounder", "silent"].item() > 0
    assert table.drop(columns=["false_alarms"]).notna().any().all()
