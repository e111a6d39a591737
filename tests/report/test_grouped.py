"""Channels that cannot be told apart are shown as one, under both their names."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report.grouped import (
    add_reasons,
    describe_groups,
    group_colors,
    group_labels,
    join_contributions,
    join_groups,
    merge_channels,
)

LABELS = {"tv": "TV", "ooh": "Out-of-home", "search": "Search"}


def _interval(name: str, mean: float, low: float, high: float) -> dict[str, float]:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q95": high}


def _groups(**changes) -> pd.DataFrame:
    row = {"market": "DE", "region": "all", "group": "tv+ooh", "channels": "tv|ooh", "spend": 3e6}
    row |= {"period_start": "2025-01-06", "data_tier": "partially_pooled", "cause_mark": "observational"}
    row |= {"reason": np.nan, "decision_grade": True, **_interval("roas", 2.13, 1.8, 2.5)}
    return pd.DataFrame([row | changes])


NONE = _groups().head(0)


def _effects() -> pd.DataFrame:
    rows = [
        {"market": "DE", "region": region, "channel": c, "spend": 1e6, "window": "last 52 weeks"}
        | {"period_start": "2025-01-06", "data_tier": "local", "cause_mark": "observational"}
        | _interval("roas", 2.0, 1.0, 3.0)
        for region in ("North", "all")
        for c in LABELS
    ]
    return pd.DataFrame(rows)


def test_a_group_is_called_by_all_its_channels():
    assert group_labels(LABELS, _groups())["tv+ooh"] == "TV and Out-of-home"


def test_a_group_has_the_colour_of_its_first_channel():
    assert group_colors({"tv": "blue", "ooh": "red"}, _groups())["tv+ooh"] == "blue"


def test_a_group_stands_in_place_of_its_channels():
    joined = join_groups(_effects(), _groups()).set_index("channel")
    assert sorted(joined.index) == ["search", "tv+ooh"]
    assert joined.loc["tv+ooh", ["spend", "roas_mean", "data_tier"]].tolist() == [
        3e6,
        2.13,
        "partially_pooled",
    ]
    assert joined.loc["search", "roas_mean"] == 2.0


def test_without_groups_the_market_is_as_it_was():
    assert join_groups(_effects(), NONE)["channel"].tolist() == list(LABELS)


def test_reasons_stand_beside_the_market_s_numbers():
    cells = pd.DataFrame(
        {
            "region": ["all", "North", "all"],
            "channel": ["tv", "ooh", "search"],
            "reason": [np.nan, "x", "mostly prior"],
        }
    )
    reasons = add_reasons(join_groups(_effects(), _groups()), cells).set_index("channel")["reason"]
    assert reasons.to_dict() == {"search": "mostly prior", "tv+ooh": ""}


def test_what_a_group_brought_stands_in_place_of_its_channels_and_adds_up():
    rows = [("base", 60.0), ("tv", 15.0), ("ooh", 5.0), ("search", 20.0), ("total", 100.0)]
    values = {
        f"{v}_{s}": [x for _, x in rows] for v in ("value", "share") for s in ("mean", "q05", "q50", "q95")
    }
    table = pd.DataFrame({"region": "all", "group": [g for g, _ in rows]} | values)
    landed = {
        f"landed_{s}": x for s, x in zip(("mean", "q05", "q50", "q95"), (20.0, 18.0, 20.0, 22.0), strict=True)
    }
    joined = join_contributions(table, _groups(**landed)).set_index("group")
    assert sorted(joined.index) == ["base", "search", "total", "tv+ooh"]
    assert joined["value_mean"].drop("total").sum() == joined.loc["total", "value_mean"]
    assert joined.loc["tv+ooh", ["share_mean", "share_q95"]].tolist() == [0.2, 0.22]
    assert join_contributions(table, NONE).equals(table)


def test_cells_of_a_group_go_by_its_name():
    plan = pd.DataFrame({"region": ["North", "South"], "channel": ["tv", "search"]})
    assert merge_channels(plan, _groups())["channel"].tolist() == ["tv+ooh", "search"]
    assert merge_channels(plan, NONE)["channel"].tolist() == ["tv", "search"]


def _text(groups: pd.DataFrame, **options) -> str:
    return describe_groups(groups, labels=LABELS, currency="EUR", **options)


def test_a_group_that_may_move_says_what_it_returned_and_that_it_moves_as_one():
    assert _text(_groups()) == (
        "**TV and Out-of-home** cannot be told apart in these data and count as one: each €1 spent on them together "
        "brought back **€2.1 (1.8–2.5)** ◐ ▽, and a plan moves them in one step."
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (np.nan, "they stay at today's spend: it is open whether one more unit of money pays there."),
        ("mostly prior", "they stay at today's spend: their joint effect is mostly prior."),
        (
            "cannot be told apart from another channel",
            "they cannot be told apart from another channel either.",
        ),
        (FOLLOWS, "the spend on one of them follows demand and no experiment has tested them."),
    ],
)
def test_a_group_that_may_not_move_says_why(reason, said):
    assert _text(_groups(decision_grade=False, reason=reason)).endswith(said)


def test_nothing_is_said_about_moving_a_group_where_the_recommendation_is_withheld():
    text = _text(_groups(), withheld=True)
    assert text.endswith("**€2.1 (1.8–2.5)** ◐ ▽.")


def test_a_group_with_a_channel_that_costs_nothing_has_no_return():
    text = _text(_groups(**_interval("roas", np.nan, np.nan, np.nan), decision_grade=False))
    assert text.endswith("not all of them are paid for, so no return is reported for them.")


def test_a_group_without_spend_has_no_return():
    text = _text(_groups(spend=0.0, **_interval("roas", np.nan, np.nan, np.nan), decision_grade=False))
    assert "nothing was spent on them" in text


def test_no_groups_no_sentence():
    assert _text(NONE) == ""
