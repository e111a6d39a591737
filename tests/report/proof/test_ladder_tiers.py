"""The ladder's scores by data tier, on rows made by hand."""

from mmm_helpers.report.proof.ladder_page import NOT_YET
from mmm_helpers.report.proof.ladder_tiers import compute_tier_table, describe_tiers
from tests.ladder.made_up import SILENT, rows

FAR = {"data_tier": "transferred"}


def test_a_row_for_each_tier_that_occurs():
    table = compute_tier_table(
        rows({}, {"seed": 2} | SILENT | FAR, {"seed": 3, "decision_grade": False} | FAR)
    )
    assert table["Evidence"].tolist() == ["● local", "○ transferred"]
    assert table["Decision-grade"].tolist() == ["1 of 1", "1 of 2"]
    assert table["Silent failures"].tolist() == ["0", "1"]
    assert [text.split(" (")[0] for text in table["Ranges that hold the truth"]] == ["100 %", "0 %"]
    assert table["Typical error of all"].tolist() == ["5 %", "32 %"]  # the median of 60 % and 5 %


def test_sentence_says_whose_failures_they_are():
    text = describe_tiers(rows({}, {"seed": 2} | SILENT | FAR, {"seed": 3} | FAR, {"seed": 4} | SILENT))
    assert text.startswith("**1 of 2** silent failures are *transferred* numbers")
    assert text.endswith(
        ": 50.0 % of those that are decision-grade failed silently, of all others **50.0 %**."
    )


def test_sentence_without_transferred_numbers():
    assert "none of those that are decision-grade" in describe_tiers(rows({}))


def test_sentence_without_anything_to_say():
    assert describe_tiers(rows()) == NOT_YET
    assert describe_tiers(rows({"decision_grade": False})) == "No number was decision-grade."
