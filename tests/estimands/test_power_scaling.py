"""Power-scaling against conjugate posteriors, and against the distance between two normals by quadrature."""

import numpy as np
import pytest
from scipy import stats

from mmm_helpers.estimands.power_scaling import (
    BOTH,
    DATA,
    NEITHER,
    PRIOR,
    STRONGER,
    UNKNOWN,
    WEAKER,
    diagnose,
    power_sensitivity,
    reweight,
)

PRIOR_SD, DATA_MEAN, DATA_SD = 1.0, 1.2, 0.8


def _posterior(alpha_prior: float = 1.0, alpha_data: float = 1.0):
    """Normal posterior of a normal mean with prior Normal(0, PRIOR_SD²), each raised to a power."""
    prior, data = alpha_prior / PRIOR_SD**2, alpha_data / DATA_SD**2
    return stats.norm(data * DATA_MEAN / (prior + data), (prior + data) ** -0.5)


@pytest.fixture(scope="module")
def draws():
    # Quantiles in random order: a sample without its noise.
    return np.random.default_rng(0).permutation(_posterior().ppf((np.arange(4000) + 0.5) / 4000))


@pytest.fixture(scope="module")
def densities(draws):
    return {
        "prior": stats.norm(0, PRIOR_SD).logpdf(draws),
        "data": stats.norm(DATA_MEAN, DATA_SD).logpdf(draws),
    }


@pytest.mark.parametrize("alpha", [0.8, 1.25, 2.0])
@pytest.mark.parametrize("which", ["prior", "data"])
def test_reweighted_draws_are_the_posterior_under_the_power(draws, densities, which, alpha):
    weights, shape = reweight(densities[which], alpha)
    expected = _posterior(**{f"alpha_{which}": alpha})
    mean = weights @ draws
    assert weights.sum() == pytest.approx(1.0)
    assert mean == pytest.approx(expected.mean(), abs=0.01)
    assert np.sqrt(weights @ (draws - mean) ** 2) == pytest.approx(expected.std(), rel=0.02)
    assert shape < 0.7


def _distance(p, q) -> float:
    """Cumulative Jensen–Shannon distance of two distributions by quadrature; the larger of both directions."""
    grid = np.linspace(-6, 6, 200_001)
    found = []
    for x, y in ((p.cdf(grid), q.cdf(grid)), (p.sf(grid), q.sf(grid))):
        x, y = np.maximum(x, 1e-300), np.maximum(y, 1e-300)
        # The support is that of the sample: nothing is known beyond it.
        inside = (grid > p.ppf(1 / 8000)) & (grid < p.ppf(1 - 1 / 8000))
        middle = (x + y) / 2
        both = x * np.log2(x / middle) + y * np.log2(y / middle)
        found.append(np.sqrt(both[inside].sum() / (x + y)[inside].sum()))
    return max(found)


@pytest.mark.parametrize("which", ["prior", "data"])
def test_sensitivity_is_the_distance_per_doubling(draws, densities, which):
    moved, _ = power_sensitivity(draws, densities[which])
    low, high = (_distance(_posterior(), _posterior(**{f"alpha_{which}": a})) for a in (WEAKER, STRONGER))
    assert moved == pytest.approx((low + high) / 2 / np.log2(STRONGER), rel=0.05)


def test_a_flat_component_moves_nothing(draws):
    weights, _ = reweight(np.zeros(4000), 2.0)
    assert weights == pytest.approx(1 / 4000)
    assert power_sensitivity(draws, np.zeros(4000))[0] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("prior", "likelihood", "shape", "says"),
    [
        (0.04, 0.06, 0.1, DATA),
        (0.06, 0.06, 0.1, BOTH),
        (0.06, 0.04, 0.1, PRIOR),
        (0.04, 0.04, 0.1, NEITHER),
        (0.06, 0.06, 0.8, UNKNOWN),
        (np.nan, np.nan, -np.inf, UNKNOWN),
    ],
)
def test_diagnosis_follows_the_published_thresholds(prior, likelihood, shape, says):
    assert diagnose(prior, likelihood, shape) == says
