"""Omitted variables: the published figures of Cinelli & Hazlett's Darfur example, and exact simulated drivers."""

import numpy as np
import pytest

from mmm_helpers.estimands.linearised import conditional, residual
from mmm_helpers.estimands.omitted import (
    MOST_TIMES,
    as_strong,
    bias_factor,
    robustness_value,
    times_as_strong,
)

ESTIMATE, ERROR, FREEDOM = 0.09731582, 0.02325654, 783
FEMALE_OUTCOME = 0.10903391542784427
FEMALE_MEDIA = 0.00916428667504862 / 1.00916428667504862
PUBLISHED = [
    (1, 0.12464092303637, 0.00916428667504862, 0.0752202698486415),
    (2, 0.249324064199975, 0.0183285733500972, 0.0529151689180575),
    (3, 0.374050471038094, 0.0274928600251459, 0.0303960178770157),
]
"""Times as strong as the control "female", partial R² with outcome and treatment, adjusted estimate (sensemakr)."""


@pytest.mark.parametrize(("share", "value"), [(1.0, 0.138776), (0.5, 0.072027)])
def test_robustness_value_is_the_published_one(share, value):
    assert robustness_value(share * 4.18445 / FREEDOM**0.5) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(("times", "outcome", "media", "estimate"), PUBLISHED)
def test_a_driver_as_strong_as_a_control_is_the_published_one(times, outcome, media, estimate):
    found = as_strong(FEMALE_OUTCOME, FEMALE_MEDIA, times=times)
    assert found == pytest.approx((outcome, media), rel=1e-9)
    assert ESTIMATE - bias_factor(*found) * ERROR * FREEDOM**0.5 == pytest.approx(estimate, abs=1e-9)


def test_a_driver_of_the_robustness_value_takes_the_whole_effect_away():
    factor = ESTIMATE / (ERROR * FREEDOM**0.5)
    value = robustness_value(factor)
    assert bias_factor(value, value) == pytest.approx(factor)


def test_no_effect_takes_no_driver_and_an_endless_one_all():
    assert robustness_value(0.0) == 0.0
    assert robustness_value(1e6) == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(robustness_value(np.inf))


@pytest.mark.parametrize("times", [0.2, 1.0, 3.0])
def test_times_as_strong_finds_the_times_back(times):
    factor = bias_factor(*as_strong(FEMALE_OUTCOME, FEMALE_MEDIA, times=times))
    assert times_as_strong(factor, FEMALE_OUTCOME, FEMALE_MEDIA) == pytest.approx(times, rel=1e-6)


def test_a_control_that_has_nothing_to_do_with_it_is_no_measure():
    assert times_as_strong(0.3, 0.1, 0.0) == np.inf


def test_a_tiny_need_is_met_by_next_to_nothing():
    assert times_as_strong(1e-9, 0.3, 0.3) == pytest.approx(1 / MOST_TIMES)


def test_a_control_that_explains_most_of_the_media_has_no_bound():
    assert min(as_strong(0.3, 0.7)) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("firm", [0.0, 4.0])
@pytest.mark.parametrize("strength", [(0.5, 0.3), (1.5, -0.8)])
def test_bias_is_exactly_what_the_long_regression_takes_away(strength, firm):
    """A driver of both that is left out biases the short regression by the closed form, whatever it looks like.

    With a prior on the media's effect, as one more row, it moves the effect less, and the closed form as well.
    """
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, 3))])
    hidden = rng.gamma(2.0, size=200) + x[:, 1]
    media = x @ [1.0, 0.4, -0.2, 0.1] + strength[1] * hidden + rng.normal(size=200)
    outcome = x @ [2.0, 0.3, 0.3, -0.5] + 0.7 * media + strength[0] * hidden + rng.normal(size=200)
    prior = np.zeros(5)
    prior[0] = firm
    short = np.vstack([np.column_stack([media, x]), prior])
    hidden, outcome = np.append(hidden, 0.0), np.append(outcome, 0.5 * firm)
    long = np.column_stack([short, hidden])
    effect = [np.linalg.lstsq(columns, outcome, rcond=None)[0][0] for columns in (short, long)]
    own = conditional(short, rows=200)
    left = residual(outcome, short)
    r2_outcome = conditional(np.column_stack([long, outcome])).together[-1, -2]
    r2_media = conditional(long).together[0, -1] / own.data_share[0]
    bias = bias_factor(r2_outcome, own.data_share[0] * r2_media) * np.linalg.norm(left) / own.size[0]
    assert abs(effect[0] - effect[1]) == pytest.approx(bias, rel=1e-6)
    assert (own.data_share[0] < 0.97) == (firm > 0)


@pytest.mark.parametrize("data_share", [0.05, 0.4, 1.0])
def test_robustness_value_under_a_prior_is_the_strength_that_gives_the_bias(data_share):
    value = robustness_value(0.1, data_share=data_share)
    assert bias_factor(value, data_share * value) == pytest.approx(0.1)


def test_an_effect_that_the_prior_holds_is_out_of_reach():
    assert robustness_value(3.0, data_share=0.1) == 1.0
    assert times_as_strong(3.0, 0.2, 0.2, data_share=0.1) == np.inf
