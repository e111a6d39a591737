"""What plans gained in simulated worlds, in words."""

import pandas as pd

from mmm_helpers.report.budget.capture_page import (
    NOT_MEASURED,
    compute_capture_table,
    describe_capture,
    describe_kept,
)

ROWS = pd.DataFrame(
    {
        "seed": [1, 2, 3, 4],
        "gap": [0.05, 0.06, 0.05, 0.05],
        "capture": [0.8, 0.6, -0.2, 0.0],
        "advice": [True, True, True, False],
        "predicted_gain": [10.0, 10.0, 10.0, 0.0],
        "realised_gain": [8.0, 9.0, -2.0, 0.0],
        "capture_own_bounds": [0.9, 0.8, -0.5, None],
        "capture_equal_split": [0.1, -0.1, 0.2, 0.2],
        "capture_percent_of_revenue": 0.0,
        "capture_optimizer": 0.7,
    }
)


def test_the_sentence_has_mean_interval_worst_world_harm_and_what_was_foretold():
    text = describe_capture(ROWS).replace("\u00a0", " ")
    assert "In 4 simulated worlds" in text
    # The mean of .8, .6, -.2 and 0 with its t interval: sd .476, three degrees of freedom.
    assert "realised **30 % (−26 to 86)** of what was there to gain" in text
    assert "least, −20 %, in world 3" in text
    # Of one in four, the exact upper limit: p with (1 - p)^4 + 4 p (1 - p)^3 = .05.
    assert "worse than today's in **1 of 4**, which leaves at most 75 % of such worlds" in text
    assert "In 1 of them the health check withheld advice" in text
    assert "In the cells that it may move it realised 40 % (" in text
    assert text.endswith(describe_kept(ROWS).replace("\u00a0", " "))


def test_without_rows_nothing_is_claimed():
    assert describe_capture(ROWS.head(0)) == NOT_MEASURED


def test_beside_a_gain_stands_what_came_true():
    text = describe_kept(ROWS).replace("\u00a0", " ")
    assert text.startswith("In 3 simulated worlds such plans brought 50 % (")
    assert text.endswith(") of the gain that they foretold.")
    assert describe_kept(ROWS[~ROWS["advice"]]) == describe_kept(ROWS.head(0)) == ""


def test_the_table_sets_the_plan_beside_simpler_ways():
    table = compute_capture_table(ROWS).set_index("Way to plan")
    assert list(table["Worse than today"]) == ["1 of 4", "0 of 4", "1 of 4", "0 of 4"]
    assert [v.replace("\u00a0", " ") for v in table.loc["An equal split", ["Least", "Most"]]] == [
        "−10 %",
        "20 %",
    ]
