"""When two fits of the same market say the same."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.agreement import agree_within, differences


def _fit(seed: int, *, shift: float = 0.0, sd: float = 0.5, draws: int = 500) -> xr.Dataset:
    """Independent normal draws of four channels; `shift` moves the mean of the last one, in sds."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(0, sd, (4, draws, 4)) + np.array([0, 0, 0, shift * sd])
    return xr.Dataset(
        {
            "log_effect_market": (("chain", "draw", "channel"), effect),
            "sigma": (("chain", "draw", "region"), rng.gamma(50, 0.001, (4, draws, 2))),
            "lp": (("chain", "draw"), rng.normal(-100 + 50 * seed, 1, (4, draws))),
            "intercept": (("chain", "draw"), np.full((4, draws), float(seed))),
        }
    )


def test_two_fits_of_the_same_posterior_agree():
    assert agree_within(_fit(1), _fit(2))


def test_agreement_is_found_nearly_always():
    # 2000 independent draws each: the tolerance of 0.1 sd and twice 0.032 for chance are five standard errors
    assert all(agree_within(_fit(2 * k), _fit(2 * k + 1)) for k in range(20))


@pytest.mark.parametrize("shift", [0.3, -0.3])
def test_a_mean_that_moved_by_three_tenths_of_an_sd_does_not_agree(shift):
    assert not agree_within(_fit(1), _fit(2, shift=shift))


def test_a_looser_tolerance_lets_it_pass():
    assert agree_within(_fit(1), _fit(2, shift=0.3), sds=0.5)


def test_difference_is_in_posterior_sds_beyond_chance():
    # two standard errors of a difference of means of 2000 draws each: 2 × √(2 / 2000) = 0.063
    found = differences(_fit(1, draws=500), _fit(2, shift=1.0, draws=500))
    assert found["log_effect_market"] == pytest.approx(1.0 - 0.063, abs=0.08)


def test_the_worst_quantity_comes_first_and_only_reported_ones_are_compared():
    assert list(differences(_fit(1), _fit(2, shift=1.0))) == ["log_effect_market", "sigma"]


def test_few_effective_draws_are_no_disagreement():
    # chains that hardly move: 40 distinct values, so that means differ by 0.22 sd by chance
    slow = [_fit(seed, draws=10).isel(draw=np.repeat(np.arange(10), 50)) for seed in (3, 4)]
    slow = [fit.assign_coords(draw=np.arange(500)) for fit in slow]
    means = [fit["log_effect_market"].mean(("chain", "draw")) for fit in slow]
    assert float(abs(means[0] - means[1]).max()) / 0.5 > 0.1
    assert agree_within(*slow)


def test_what_never_varies_agrees_only_if_it_is_the_same():
    first, second = _fit(1), _fit(2)
    fixed = xr.zeros_like(first["sigma"])
    assert agree_within(first.assign(delay=fixed), second.assign(delay=fixed))
    assert not agree_within(first.assign(delay=fixed), second.assign(delay=fixed + 1))
