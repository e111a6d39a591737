"""Journeys that fall apart, and what becomes of credit."""

import numpy as np
import pytest

from mmm_helpers.attribution.heuristics import credit_by_weights, weigh_last
from mmm_helpers.attribution.journeys import converting
from mmm_helpers.attribution.loss import LOSS_COLUMNS, break_journeys, compute_loss
from tests.attribution.conftest import by_hand


def _broken(journeys, rate, seed=0):
    return break_journeys(journeys, rate, rng=np.random.default_rng(seed))


def test_without_loss_nothing_changes(people):
    same = _broken(people, 0.0)
    assert same.start.tolist() == people.start.tolist()
    assert np.array_equal(same.hours, people.hours)
    assert np.array_equal(same.conversions, people.conversions)


def test_where_every_step_is_lost_each_touch_stands_alone_and_the_last_keeps_the_conversion(people):
    broken = _broken(people, 1.0)
    assert (broken.length == 1).all()
    last = people.start[1:] - 1
    assert np.array_equal(broken.conversions[last], people.conversions)
    assert broken.conversions.sum() == people.conversions.sum()
    assert not broken.hours[np.setdiff1d(np.arange(len(broken)), last)].any()


def test_no_conversion_and_no_money_gets_lost(people):
    broken = _broken(people, 0.4)
    assert broken.conversions.sum() == people.conversions.sum()
    assert broken.value.sum() == pytest.approx(people.value.sum())
    assert len(broken.channel) == len(people.channel)
    steps = len(people.channel) - len(people)
    assert len(broken) - len(people) == pytest.approx(0.4 * steps, rel=0.05)


def test_people_without_touches_stay():
    journeys = by_hand([("", 5, 1), ("A B", 4, 2), ("", 2, 0)])
    broken = _broken(journeys, 1.0)
    assert sorted(broken.length.tolist()) == [0, 0, 1, 1]
    assert broken.conversions.sum() == 3
    assert broken.count.sum() == 5 + 4 + 4 + 2


def test_last_click_does_not_notice(people):
    before, after = (
        credit_by_weights(j, weigh_last(j))[0] for j in (converting(people), converting(_broken(people, 0.5)))
    )
    assert after == pytest.approx(before)


def test_credit_moves_from_what_opens_to_what_closes():
    """A opens and B closes every journey: linear credit of A is half of the unbroken journeys'."""
    journeys = by_hand([("A B", 1, 1)] * 4000)
    table = compute_loss(journeys, rates=(0.0, 0.5), models=("linear", "last"))
    assert list(table.columns) == LOSS_COLUMNS
    rows = table.set_index(["model", "rate", "channel"])
    assert rows.loc[("linear", 0.0, "A"), "share"] == 0.5
    assert rows.loc[("linear", 0.5, "A"), "share"] == pytest.approx(0.25, abs=0.02)
    assert rows.loc[("linear", 0.5, "B"), "change"] == pytest.approx(0.25, abs=0.02)
    assert rows.loc[("last", 0.5, "B"), "change"] == 0.0
