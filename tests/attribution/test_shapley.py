"""The closed form against the definition over all sets, and effects that are known."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.attribution.journeys import Journeys, converting
from mmm_helpers.attribution.shapley import (
    credit_by_place,
    credit_by_sets,
    credit_by_worth,
    shapley_values,
    tabulate_coalitions,
)
from tests.attribution.conftest import by_hand


def test_closed_form_is_the_shapley_value_over_all_sets(people):
    """The worth of a set: conversions of everyone who met nothing beyond it."""
    size = len(people.channels)
    member, _, conversions, _ = tabulate_coalitions(people)
    masks = member @ (1 << np.arange(size))
    worth = [conversions[[m & ~s == 0 for m in masks]].sum() for s in range(2**size)]
    assert credit_by_sets(people)[0] == pytest.approx(shapley_values(np.array(worth)), rel=1e-10)


def test_sets_are_counted_once_whatever_the_order_and_repetition():
    member, count, conversions, value = tabulate_coalitions(
        by_hand([("A B A", 3, 1), ("B A", 2, 1), ("C", 4, 0)])
    )
    assert member.tolist() == [[True, True, False], [False, False, True]]
    assert count.tolist() == [5, 4]
    assert conversions.tolist() == [2, 0]
    assert value.tolist() == [20, 0]


def test_places_of_a_channel_add_up_to_its_value(people):
    assert credit_by_place(converting(people)).sum(axis=1) == pytest.approx(credit_by_sets(people)[0])


def test_a_channel_earns_where_it_was_met():
    """A B A: A's half is earned at both ends, B's between; a single touch is the last."""
    earned = credit_by_place(by_hand([("A B A", 8, 8), ("C", 2, 2)]))
    assert earned.tolist() == [[2.0, 0.0, 2.0], [0.0, 4.0, 0.0], [0.0, 0.0, 2.0]]


def test_worth_finds_effects_that_are_known():
    """Everybody converts with 2 %, and 10 % more who met A, 5 % more who met B; C does nothing."""
    paths = [("", 0.02), ("A", 0.12), ("B", 0.07), ("C", 0.02), ("A B", 0.17), ("A C", 0.12), ("B C", 0.07)]
    journeys = by_hand([(path, 10_000, 10_000 * chance) for path, chance in paths])
    credit, value = credit_by_worth(journeys)
    assert credit == pytest.approx([30_000 * 0.10, 30_000 * 0.05, 0], abs=1e-6)
    assert value == pytest.approx(10 * credit)


def test_worth_never_credits_less_than_nothing():
    journeys = by_hand([("A", 1000, 10), ("B", 1000, 200), ("A B", 1000, 100)])
    assert (credit_by_worth(journeys)[0] >= 0).all()


def test_too_many_channels_are_refused():
    many = Journeys(
        tuple("ABCDEFGHIJKLMNOPQ"), np.zeros(1, np.int8), np.array([0, 1]), np.zeros(1), *np.ones((3, 1))
    )
    with pytest.raises(ValueError, match="join some"):
        tabulate_coalitions(many)


def test_people_without_touches_are_the_empty_set(people):
    nobody = replace(
        people, channel=people.channel[:0], start=np.zeros(len(people) + 1, np.int64), hours=people.hours[:0]
    )
    member, count, *_ = tabulate_coalitions(nobody)
    assert member.sum() == 0
    assert count.tolist() == [len(people)]
