"""The truth of a world against closed forms and against the definition written out in loops."""

from dataclasses import replace

import numpy as np
import pytest

from mmm_helpers.ladder.media import Response
from mmm_helpers.ladder.recipe import CODES
from mmm_helpers.ladder.transforms import Curve, geometric_kernel
from mmm_helpers.ladder.waves import LEAD_IN
from mmm_helpers.ladder.world import compute_truth
from mmm_helpers.ladder.worlds import WORLDS

WINDOW = range(LEAD_IN + 156 - 52, LEAD_IN + 156)


@pytest.fixture(scope="module")
def steady(world):
    """A market with the same spend every week and a response of one's choice: return 2 at that spend."""
    base = world("clean", 1).markets["M1"]
    spend = np.zeros(base.spend.shape)
    spend[: base.life.calendar.recorded.stop] = 100.0

    def make(curve: Curve, kernel: np.ndarray):
        size = np.full(spend.shape, 200.0)
        response = Response((kernel,) * 4, (curve,) * 4, np.full(spend.shape[1:], 100.0), size)
        return compute_truth(WORLDS["clean"], 1, {"M1": replace(base, spend=spend, response=response)})

    return make


def test_straight_response_has_the_same_return_for_every_euro(steady):
    truth = steady(Curve("power", (1.0,)), geometric_kernel(0.5, reach=8))
    assert truth["spend"].unique() == pytest.approx([5200.0])
    assert truth["roas"].to_numpy() == pytest.approx(np.full(12, 2.0))
    assert truth["mroas"].to_numpy() == pytest.approx(np.full(12, 2.0))


def test_what_lands_more_than_seven_weeks_after_the_data_is_not_counted(steady):
    kernel = np.zeros(13)
    kernel[12] = 1.0
    truth = steady(Curve("power", (1.0,)), kernel)
    assert truth["roas"].to_numpy() == pytest.approx(np.full(12, 2.0 * (52 - 5) / 52))


def test_square_root_without_carry_over_has_half_its_return_at_the_margin(steady):
    truth = steady(Curve("power", (0.5,)), np.array([1.0]))
    assert truth["roas"].to_numpy() == pytest.approx(np.full(12, 2.0))
    assert truth["mroas"].to_numpy() == pytest.approx(np.full(12, 2.0 * (np.sqrt(1.01) - 1) / 0.01))


def _brought(market, spend, r, c, t):
    """Contribution of one channel, region and week, as the response is described."""
    response = market.response
    carried = 0.0
    for lag, weight in enumerate(response.kernels[c]):
        if t - lag >= 0:
            carried += weight * spend[t - lag] / response.unit[r, c]
    return response.size[t, r, c] * float(response.curves[c](np.array(carried)))


@pytest.mark.parametrize("name", ["clean", "wrong_adstock", "wrong_saturation"])
def test_truth_is_what_the_definition_gives_when_written_out(world, name):
    drawn = world(name, 2)
    market = drawn.markets["M1"]
    own = drawn.truth.set_index(["region", "channel"])
    for r, c in [(0, 0), (1, 2), (2, 3)]:
        actual = market.spend[:, r, c]
        dark, more = actual.copy(), actual.copy()
        for t in WINDOW:
            dark[t], more[t] = 0.0, 1.01 * actual[t]
        lost = gained = 0.0
        for t in range(WINDOW.start, WINDOW.stop + 7):
            lost += _brought(market, actual, r, c, t) - _brought(market, dark, r, c, t)
            gained += _brought(market, more, r, c, t) - _brought(market, actual, r, c, t)
        row, spent = own.loc[(f"R{r + 1}", CODES[c])], sum(actual[t] for t in WINDOW)
        assert row["spend"] == pytest.approx(spent)
        assert row["incremental"] == pytest.approx(lost)
        assert row["roas"] == pytest.approx(lost / spent)
        assert row["mroas"] == pytest.approx(gained / (0.01 * spent))


def test_landed_is_the_outcome_lost_without_any_recorded_spend(world):
    drawn = world("staggered", 2)
    market, landed = drawn.markets["M1"], drawn.landed["M1"]
    actual = market.spend[:, 1, 2]
    dark = np.where(np.arange(len(actual)) >= LEAD_IN, 0.0, actual)
    for week in (0, 5, 50, 103):
        t = LEAD_IN + week
        expected = _brought(market, actual, 1, 2, t) - _brought(market, dark, 1, 2, t)
        assert landed[week, 1, 2] == pytest.approx(expected)
    assert landed.shape == (156, 3, 4)


def test_landed_of_the_window_is_the_sum_of_its_weeks(world):
    drawn = world("clean", 3)
    table = drawn.truth.pivot(index="region", columns="channel", values="landed")[list(CODES)]
    assert table.to_numpy() == pytest.approx(drawn.landed["M1"][-52:].sum(axis=0))


@pytest.mark.parametrize("name", ["clean", "heterogeneous"])
def test_incremental_and_landed_differ_by_what_crosses_the_edges_of_the_window_only(world, name):
    for seed in range(5):
        truth = world(name, seed).truth
        assert (truth["incremental"] / truth["landed"]).between(0.8, 1.2).all()


def test_marginal_return_lies_below_the_average_one_where_curves_are_concave(world):
    truth = world("clean", 4).truth
    assert (truth["mroas"] < truth["roas"]).all()


def test_expected_outcome_of_the_window_is_what_is_recorded_but_for_noise(world):
    drawn = world("clean", 5)
    recorded = drawn.panel.groupby("region")["outcome"].apply(lambda values: values.tail(52).sum())
    expected = drawn.truth.groupby("region")["outcome"].first()
    assert (recorded / expected - 1).abs().max() < 0.03


def test_media_and_baseline_add_up_to_the_expected_outcome(world):
    market = world("outliers", 1).markets["M1"]
    nothing = replace(market, spend=np.zeros(market.spend.shape))
    assert nothing.expected == pytest.approx(market.life.baseline)
    assert (market.expected - market.brought(market.spend).sum(axis=-1)) == pytest.approx(
        market.life.baseline
    )
