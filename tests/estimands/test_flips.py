"""The table `flips`: when a threat changes the advice, and what it says where nothing is known."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.flips import (
    ALONE,
    COMMAND,
    HIDDEN,
    NO,
    OPEN,
    REFITS,
    SCALED,
    YES,
    compute_flips,
    expected_refits,
    held_channels,
    hold,
)
from mmm_helpers.estimands.sensitivity import OVER
from mmm_helpers.estimands.studies import STUDY_COLUMNS
from mmm_helpers.model.studies import TIED

CALM = {
    "market": "XX", "channel": "tv", "advice": "more", "p_above": 0.9, "p_above_own": 0.88, "p_above_prior_half": 0.9,
    "p_above_prior_double": 0.86, "p_above_likelihood_less": 0.84, "data_share": 0.9, "hidden_demand_needed": 0.2,
    "hidden_demand_direction": OVER, "strongest_control": "price", "strongest_control_strength": 0.05,
    "p_above_hidden_demand": 0.87,
}  # fmt: skip
NOTHING = pd.DataFrame(columns=STUDY_COLUMNS)
LABELS = {"tv": "TV", "price": "Price index"}


def _study(study: str, **chances: float) -> pd.DataFrame:
    """Rows of one study for TV: variant → chance; the reference at 0.85."""
    rows = {"reference": 0.85} | {name.replace("_", " "): p for name, p in chances.items()}
    frame = pd.DataFrame(
        {"study": study, "variant": list(rows), "channel": "tv", "p_above": list(rows.values())}
    )
    whole = frame.assign(channel="all", p_above=np.nan, note=TIED)
    return pd.concat([whole, frame], ignore_index=True).reindex(columns=STUDY_COLUMNS)


def _flips(changes: dict | None = None, studies: pd.DataFrame = NOTHING, **options) -> pd.DataFrame:
    options = {"pooled": True, "refits": list(REFITS), "labels": LABELS} | options
    return compute_flips(pd.DataFrame([CALM | (changes or {})]), studies, **options).set_index("threat")


def test_each_threat_has_a_row_and_a_calm_channel_holds_under_what_is_known():
    flips = _flips()
    assert flips.index.tolist() == [*SCALED, HIDDEN, ALONE, *REFITS]
    assert (flips.loc[[*SCALED, HIDDEN, ALONE], "flips"] == NO).all()
    assert (flips.loc[[*SCALED, HIDDEN, ALONE], "advice_under"] == "more").all()
    assert not flips["fragile"].any()


def test_refits_that_never_ran_name_the_command():
    flips = _flips().loc[list(REFITS)]
    assert (flips["flips"] == OPEN).all()
    assert flips["detail"].str.contains(COMMAND, regex=False).all()


@pytest.mark.parametrize("threat", SCALED)
def test_a_chance_that_crosses_a_bound_flips_the_advice(threat):
    row = _flips({f"p_above_{threat}": 0.6}).loc[threat]
    assert row[["flips", "advice_under", "fragile"]].tolist() == [YES, "hold", True]
    assert "from 88 % to 60 %" in row["detail"]


def test_a_change_that_the_market_alone_does_not_feel_keeps_the_advice():
    """By itself the market would hold already; that is what leaving out the others says, and nothing else."""
    flips = _flips({"p_above_own": 0.5, "p_above_prior_double": 0.4, "p_above_prior_half": 0.6,
                    "p_above_likelihood_less": 0.55})  # fmt: skip
    assert (flips.loc[list(SCALED), "flips"] == NO).all()
    assert (flips.loc[list(SCALED), "advice_under"] == "more").all()
    assert flips.loc[ALONE, ["flips", "advice_under"]].tolist() == [YES, "hold"]


def test_a_portfolio_that_does_not_pool_has_no_other_markets_to_leave_out():
    assert ALONE not in _flips(pooled=False).index


def test_draws_that_cannot_tell_say_so():
    row = _flips({"p_above_prior_half": np.nan}).loc["prior_half"]
    assert row["flips"] == OPEN
    assert COMMAND not in row["detail"]


def test_hidden_demand_as_strong_as_a_control_flips():
    row = _flips({"hidden_demand_needed": 0.03, "p_above_hidden_demand": 0.1}).loc[HIDDEN]
    assert row[["flips", "advice_under", "strength", "benchmark"]].tolist() == [YES, "less", 0.03, 0.05]
    assert "3 %" in row["detail"]
    assert "Price index, has a strength of 5 %" in row["detail"]


def test_hidden_demand_that_nothing_can_reach_says_so():
    row = _flips({"hidden_demand_needed": 1.0, "data_share": 0.1}).loc[HIDDEN]
    assert row["flips"] == NO
    assert row["detail"].startswith("No unseen driver, however strong")
    assert "rests on what was thought before the data" in row["detail"]


def test_without_controls_the_strength_stands_alone():
    nothing = {
        "strongest_control": np.nan,
        "strongest_control_strength": np.nan,
        "p_above_hidden_demand": np.nan,
    }
    row = _flips(nothing).loc[HIDDEN]
    assert row["flips"] == OPEN
    assert row["strength"] == 0.2
    assert "no observed control" in row["detail"]


def test_a_channel_without_advice_has_no_rows():
    assert _flips({"p_above": np.nan, "advice": ""}).empty


def test_one_control_that_changes_the_advice_is_named():
    row = _flips(studies=_study("controls", without_price=0.6, without_holiday=0.84)).loc["controls"]
    assert row[["flips", "advice_under"]].tolist() == [YES, "hold"]
    assert row["detail"] == (
        "With one control left out, most without Price index, the chance of a marginal return above break-even goes "
        "from 85 % to 60 %; the advice changes in 1 of 2 refits."
    )
    assert (row["p_before"], row["p_under"]) == (0.85, 0.6)


def test_a_larger_move_that_changes_nothing_does_not_hide_a_smaller_one_that_does():
    row = _flips(studies=_study("controls", without_price=0.999, without_holiday=0.79)).loc["controls"]
    assert row["p_under"] == 0.79


def test_a_family_that_predicts_worse_is_no_threat():
    studies = _study("family", delayed=0.1, stacked=0.85)
    studies.loc[(studies["variant"] == "delayed") & (studies["channel"] == "all"), "note"] = "clearly worse"
    row = _flips(studies=studies).loc["family"]
    assert row["flips"] == NO
    studies["note"] = TIED
    assert _flips(studies=studies).loc["family", "flips"] == YES


def test_a_market_in_which_no_other_family_predicts_as_well():
    studies = _study("family", delayed=0.1)
    studies["note"] = ""
    row = _flips(studies=studies).loc["family"]
    assert row["flips"] == OPEN
    assert "No other form predicts as well" in row["detail"]


def test_a_study_without_the_channel_says_so():
    studies = _study("carry_over", double=0.8).assign(channel="radio")
    row = _flips(studies=studies).loc["carry_over"]
    assert row["flips"] == OPEN
    assert "no return of this channel" in row["detail"]


@pytest.mark.parametrize(
    ("regions", "pooling", "missing"),
    [(1, "partial", {"pooling", "between_sd"}), (2, "none", {"between_sd"}), (2, "partial", set())],
)
def test_only_refits_that_apply_are_expected(small_design, regions, pooling, missing):
    assert set(REFITS) - set(expected_refits(small_design(regions), pooling)) == missing


def test_a_market_without_controls_expects_none_to_be_left_out(small_design):
    design = small_design(2, control_names=[])
    assert "controls" not in expected_refits(design, "partial")


def test_a_channel_that_the_data_say_nothing_about_is_held_before_and_under_every_threat():
    strong = {f"p_above_{name}": 0.01 for name in (*SCALED, HIDDEN, "own")}
    assert (_flips(strong)["flips"] == YES).any()
    flips = _flips(strong, _study("controls", without_price=0.1), held={"tv": "never varied"})
    assert (flips["advice"] == "hold").all()
    known = flips[flips["flips"] != OPEN]
    assert known.index.tolist() == [*SCALED, HIDDEN, ALONE, "controls"]
    assert set(known["flips"]) == {NO}
    assert set(known["advice_under"]) == {"hold"}
    assert set(known["detail"]) == {"Held whatever its chance: never varied."}
    assert not flips["fragile"].any()


def test_held_are_the_channels_that_the_whole_market_does_not_identify():
    cells = pd.DataFrame(
        {
            "region": ["all", "all", "North"],
            "channel": ["tv", "ooh", "tv"],
            "identified": [True, False, False],
            "reason": ["", "never varied", "mostly prior"],
        }
    )
    held = held_channels(cells)
    assert held == {"ooh": "never varied"}
    table = pd.DataFrame({"channel": ["tv", "ooh", "all", "ooh"], "advice": ["less", "less", np.nan, ""]})
    assert hold(table, held)["advice"].fillna("none").tolist() == ["less", "hold", "none", ""]
