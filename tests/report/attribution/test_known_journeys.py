"""Scores against a truth made by hand."""

import pandas as pd
import pytest

from mmm_helpers.report.attribution.known_journeys import (
    describe_scores,
    read_true_journeys,
    score_credit,
    score_sources,
    true_returns,
)

TRUTH = pd.DataFrame({"channel": ["search", "video", "baseline"], "conversions": [10.0, 30.0, 60.0]})


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [
        ("search", "mmm", 3.0),
        ("video", "mmm", 6.0),
        ("search", "unified", 2.0),
        ("video", "unified", 5.0),
    ]
    found = pd.DataFrame(rows, columns=["channel", "source", "roas_q50"])
    dates = {"period_start": pd.Timestamp("2025-10-06"), "period_end": pd.Timestamp("2025-10-13")}
    return found.assign(spend=found["channel"].map({"search": 50.0, "video": 60.0}), **dates)


def test_true_returns_are_shares_of_the_outcome_on_these_dates(table):
    panel = pd.DataFrame(
        {"date": pd.date_range("2025-09-29", periods=4, freq="7D"), "outcome": [9e9, 400.0, 600.0, 9e9]}
    )
    found = true_returns(TRUTH, panel, table, rate=1.0)
    assert found == pytest.approx({"search": 0.1 * 1000 / 50, "video": 0.3 * 1000 / 60})
    assert true_returns(None, panel, table, rate=1.0) == {}


def test_sources_are_scored_by_their_median_error(table):
    scores = score_sources(table, {"search": 2.0, "video": 5.0})
    assert scores.to_dict() == pytest.approx({"mmm": (0.5 + 0.2) / 2, "unified": 0.0})
    text = describe_scores(scores, names={"mmm": "the mix model", "unified": "the unified number"})
    assert text.endswith("in the median channel: the mix model by 35 % and the unified number by 0 %.")
    assert describe_scores(scores.head(0), names={}) == ""


def test_credit_is_scored_among_the_channels_that_can_be_calibrated():
    """True shares of search and video are 1/4 and 3/4; last click says 3/4 and 1/4, calibrated 1/4 and 3/4."""
    attribution = pd.DataFrame(
        {
            "model": ["last"] * 3 + ["calibrated"] * 2,
            "channel": ["search", "video", "direct", "search", "video"],
            "credit": [30.0, 10.0, 60.0, None, None],
            "calibrated_q50": [None, None, None, 100.0, 300.0],
        }
    )
    scores = score_credit(attribution, TRUTH, ["search", "video", "tv"]).set_index("model")["error"]
    assert scores.to_dict() == pytest.approx({"last": 0.5, "calibrated": 0.0})


def test_real_data_have_no_truth(tmp_path):
    assert read_true_journeys(tmp_path, "DE") is None
    (tmp_path / "truth").mkdir()
    TRUTH.assign(market="DE").to_csv(tmp_path / "truth" / "journeys.csv", index=False)
    assert len(read_true_journeys(tmp_path, "DE")) == 3
    assert read_true_journeys(tmp_path, "JP") is None
