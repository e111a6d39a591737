"""What every model of credit has to satisfy, on journeys by chance and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.journeys import Journeys, subset
from mmm_helpers.attribution.models import MODELS, compute_credits, compute_windows
from mmm_helpers.attribution.windows import unattributed, within
from tests.attribution.conftest import by_hand

EFFICIENT = [name for name in MODELS if name != "worth"]
ADDITIVE = ["last", "first", "linear", "position", "decay", "shapley"]


def _credit(journeys: Journeys, model: str, column: str = "credit", days: float = 1000) -> pd.Series:
    found = compute_credits(journeys, window_days=days, models=[model])
    return found.set_index("channel")[column]


@pytest.mark.parametrize("model", EFFICIENT)
def test_credits_add_up_to_conversions_and_money(people, model):
    assert _credit(people, model).sum() == pytest.approx(people.conversions.sum(), rel=1e-9)
    assert _credit(people, model, "credit_value").sum() == pytest.approx(people.value.sum(), rel=1e-9)
    assert _credit(people, model, "share").sum() == pytest.approx(1, rel=1e-9)


def test_a_baseline_keeps_what_would_have_come_anyway(people):
    """In journeys without any effect of channels nearly all belongs to the baseline."""
    assert _credit(people, "worth").sum() < 0.25 * people.conversions.sum()


@pytest.mark.parametrize("model", MODELS)
def test_credit_is_the_same_whatever_the_order_of_channels_names(people, model):
    order = np.array([3, 0, 4, 1, 2])
    renamed = replace(
        people,
        channels=tuple(np.array(people.channels)[order]),
        channel=np.argsort(order)[people.channel].astype(np.int8),
    )
    pd.testing.assert_series_equal(
        _credit(renamed, model).sort_index(),
        _credit(people, model).sort_index(),
        check_names=False,
        rtol=1e-8,
    )


@pytest.mark.parametrize("model", MODELS)
def test_order_of_people_does_not_matter(people, model):
    half = np.arange(len(people)) % 2 == 0
    turned = _joined(subset(people, ~half), subset(people, half))
    pd.testing.assert_series_equal(_credit(turned, model), _credit(people, model), rtol=1e-8)


@pytest.mark.parametrize("model", ADDITIVE)
def test_credits_of_parts_add_up_to_those_of_the_whole(people, model):
    half = np.arange(len(people)) % 3 == 0
    parts = _credit(subset(people, half), model) + _credit(subset(people, ~half), model)
    pd.testing.assert_series_equal(parts, _credit(people, model), rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_the_same_people_twice_have_twice_the_credit(people, model):
    pd.testing.assert_series_equal(
        _credit(_joined(people, people), model), 2 * _credit(people, model), rtol=1e-8
    )


@pytest.mark.parametrize("model", [m for m in MODELS if not MODELS[m].needs_times])
def test_aggregated_paths_are_the_same_as_single_people(model):
    paths = by_hand([("A B C", 3, 1), ("B C", 4, 2), ("C", 2, 1), ("A A B", 2, 0)])
    single = []
    for path, count, conversions in [("A B C", 3, 1), ("B C", 4, 2), ("C", 2, 1), ("A A B", 2, 0)]:
        single += [(path, 1, 1)] * conversions + [(path, 1, 0)] * (count - conversions)
    pd.testing.assert_series_equal(_credit(paths, model), _credit(by_hand(single), model), rtol=1e-8)


@pytest.mark.parametrize("model", [*ADDITIVE[:4], "shapley"])
def test_a_channel_on_no_converting_path_gets_nothing(model):
    credit = _credit(by_hand([("A B", 5, 2), ("C A", 5, 0)]), model)
    assert credit["C"] == 0


@pytest.mark.parametrize("model", EFFICIENT)
def test_single_touches_leave_nothing_to_disagree_about(model):
    single = _single(np.random.default_rng(1))
    expected = np.bincount(single.channel, weights=single.conversions)
    assert _credit(single, model).to_numpy() == pytest.approx(expected)


def _single(rng: np.random.Generator) -> Journeys:
    """Everybody has one touch, each channel the same chance."""
    channel = np.repeat(np.arange(3), 50).astype(np.int8)
    converted = np.tile(np.arange(50) < 10, 3).astype(float)
    return Journeys(
        ("A", "B", "C"), channel, np.arange(151), rng.uniform(0, 100, 150), np.ones(150), converted, converted
    )


def test_rules_by_hand():
    """Four touches of one conversion."""
    path = by_hand([("A B B C", 1, 1)])
    assert _credit(path, "last").tolist() == [0, 0, 1]
    assert _credit(path, "first").tolist() == [1, 0, 0]
    assert _credit(path, "linear").tolist() == pytest.approx([0.25, 0.5, 0.25])
    assert _credit(path, "position").tolist() == pytest.approx([0.4, 0.2, 0.4])
    assert _credit(path, "shapley").tolist() == pytest.approx([1 / 3] * 3)


def test_two_touches_by_position_get_half_each_and_one_gets_all():
    assert _credit(by_hand([("A B", 1, 1)]), "position").tolist() == [0.5, 0.5]
    assert _credit(by_hand([("A", 1, 1)]), "position").tolist() == [1.0]


def test_time_decay_halves_with_every_week():
    path = replace(by_hand([("A B", 1, 1)]), hours=np.array([24 * 14.0, 0.0]))
    assert _credit(path, "decay").tolist() == pytest.approx([0.2, 0.8])


def test_aggregated_paths_have_no_time_decay():
    assert "decay" not in compute_credits(by_hand([("A B", 1, 1)]))["model"].to_list()


def test_touches_older_than_the_window_do_not_count():
    path = replace(by_hand([("A B", 1, 1), ("C", 1, 1)]), hours=np.array([24 * 20.0, 24.0, 24 * 10.0]))
    near = within(path, 7)
    assert near.channel.tolist() == [1]
    assert unattributed(near) == 0.5
    by_window = compute_windows(path, windows=(7, 14, 30)).query("model == 'linear'")
    shares = by_window.set_index(["window", "channel"])["share"]
    assert shares[(7, "B")] == 1
    assert shares[(14, "C")] == pytest.approx(0.5)
    assert shares[(30, "A")] == pytest.approx(0.25)


def _joined(one: Journeys, other: Journeys) -> Journeys:
    names = ("channel", "hours", "count", "conversions", "value")
    both = {n: np.concatenate([getattr(one, n), getattr(other, n)]) for n in names}
    return Journeys(one.channels, start=np.concatenate([one.start, one.start[-1] + other.start[1:]]), **both)
