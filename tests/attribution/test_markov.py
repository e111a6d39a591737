"""Removal effects against the worked example, a simulation of the chain, and the fundamental matrix."""

import numpy as np
import pytest

from mmm_helpers.attribution.markov import conversion_probability, fit_chain, removal_effects
from mmm_helpers.attribution.models import compute_credits
from tests.attribution.conftest import by_chance, by_hand

MICRO = [("A B C", 1, 1), ("A", 1, 0), ("B C", 1, 0)]
"""C1 > C2 > C3 converts; C1 and C2 > C3 do not."""


def test_the_worked_example():
    chain = fit_chain(by_hand(MICRO))
    assert conversion_probability(chain) == pytest.approx(1 / 3)
    assert removal_effects(chain) == pytest.approx([0.5, 1.0, 1.0])
    credit = compute_credits(by_hand(MICRO), models=["markov"])["credit"]
    assert credit.tolist() == pytest.approx([0.2, 0.4, 0.4])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_chain_converts_as_often_as_people_did(people, order):
    assert conversion_probability(fit_chain(people, order)) == pytest.approx(
        people.conversions.mean(), rel=1e-9
    )


@pytest.mark.parametrize("order", [1, 2])
def test_removal_effects_are_between_none_and_all(people, order):
    effects = removal_effects(fit_chain(people, order))
    assert ((effects > 0) & (effects < 1)).all()


def test_removal_is_that_of_the_fundamental_matrix(people):
    """P without k = P − N[start, k] / N[k, k] · P from k, N = (I − Q)⁻¹."""
    chain = fit_chain(people)
    fundamental = np.linalg.inv(np.eye(len(chain.moves)) - chain.moves)
    reach = fundamental @ chain.converts
    for channel in range(len(people.channels)):
        k = int(np.flatnonzero(chain.holds[:, channel])[0])
        without = reach[chain.begin] - fundamental[chain.begin, k] / fundamental[k, k] * reach[k]
        assert conversion_probability(chain, channel) == pytest.approx(without, rel=1e-10)


def test_repeating_a_touch_changes_nothing_at_order_one():
    once, often = by_hand([("A B", 4, 1), ("B", 3, 2)]), by_hand([("A A A B B", 4, 1), ("B B", 3, 2)])
    assert removal_effects(fit_chain(often)) == pytest.approx(removal_effects(fit_chain(once)))


def test_a_channel_on_no_path_has_no_effect():
    assert removal_effects(fit_chain(by_hand([("A", 4, 1), ("B", 3, 2)])))[2] == 0


def test_a_channel_on_every_path_has_all_the_effect():
    assert removal_effects(fit_chain(by_hand([("A C", 4, 1), ("B C", 3, 2)]), 2))[2] == pytest.approx(1)


def test_order_two_is_order_one_where_people_have_no_memory():
    """Touches drawn by chance: both orders agree within the noise of a large sample."""
    many = by_chance(5, people=60_000, channels=3)
    one, two = (removal_effects(fit_chain(many, order)) for order in (1, 2))
    assert two == pytest.approx(one, abs=0.06)


def test_too_many_channels_for_an_order_are_refused_with_a_way_out():
    wide = by_hand([("A", 1, 1)], channels=tuple("ABCDEFGHIJKLMNOPQ"))
    with pytest.raises(ValueError, match="use a lower order, or join channels"):
        fit_chain(wide, 3)


def test_without_conversions_nobody_has_an_effect():
    assert removal_effects(fit_chain(by_hand([("A B", 3, 0)]))).tolist() == [0, 0, 0]
