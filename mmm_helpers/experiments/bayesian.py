"""Bayesian synthetic control: how sure one can be of the controls' weights, by CausalPy, and what follows for the test.

CausalPy's model has weights from a flat Dirichlet and independent errors; its impact leaves those errors out, and it
knows no level, line or season of a region's own. So regions come to it without these, and what periods that remember
add to the error of the test's mean is drawn here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from mmm_helpers.errors import FitError
from mmm_helpers.experiments.contrast import correlation, sum_weights, without_background
from mmm_helpers.experiments.gap import background, memory
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.intervals import LOWER, UPPER

SAMPLING = {"draws": 1000, "tune": 1000, "chains": 4, "cores": 1, "target_accept": 0.95}
"""What the sampler is told."""
LARGEST_RHAT = 1.01
MOST_DIVERGENT = 0.01
"""Share of divergent transitions above which draws are not shown."""


@dataclass(frozen=True)
class WeightDraws:
    """Posterior draws: weights (s, donors), and the errors' sd (s,)."""

    weights: np.ndarray
    sd: np.ndarray


def estimate_bayesian(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Bayesian synthetic control (after Kim, Lee & Gupta 2020) through CausalPy; takes about a minute.

    Parameters
    ----------
    rng : seeds the sampler and draws the errors; None for a fixed one.

    Raises
    ------
    ValueError : fewer than two controls, or too few periods before the test.
    FitError : CausalPy is not installed, or its chains do not agree.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    test = test.until_end()
    if len(test.donors) < 2:
        raise ValueError("weights need two controls; there is one")
    rest = without_background(test)
    draws = sample_weights(rest, seed=int(rng.integers(2**31)))
    effects = draw_effects(rest, draws, rng)
    weights, cells = draws.weights.mean(axis=0), len(test.treated) * int(test.during.sum())
    gap = rest.treated_mean - rest.control_outcome @ weights
    low, high = np.quantile(effects, [LOWER, UPPER])
    below = (effects <= 0).mean()
    return Estimate(
        method="bayesian",
        counterfactual=test.treated_mean - gap + gap[test.pre].mean(),
        effect=float(effects.mean()),
        low=float(low),
        high=float(high),
        p_value=float(min(1.0, 2 * max(min(below, 1 - below), 0.5 / len(effects)))),
        cells=cells,
        weights=dict(zip(test.donors, weights.tolist(), strict=True)),
        draws=effects * cells,
    )


def draw_effects(rest: GeoTest, draws: WeightDraws, rng: np.random.Generator) -> np.ndarray:
    """(s,) draws of the mean effect per treated region and period.

    To the effect that each draw of weights gives comes the error of a mean over the test beyond what the history
    foretells, under a first-order memory; the sd is corrected for the level, line and seasons that were taken out.

    Parameters
    ----------
    rest : the test without its background. draws : of weights and sd.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    pre, during = rest.pre, rest.during
    base = background(rest.dates, pre)
    if pre.sum() < base.shape[1] + 4:
        raise ValueError(f"{int(pre.sum())} periods before the test are too few for its level and seasons")
    gaps = rest.treated_mean[:, None] - rest.control_outcome @ draws.weights.T
    middle = gaps[pre].mean(axis=1)
    rho = memory(middle - middle.mean(), fitted=base.shape[1])
    own = sum_weights(during / during.sum(), base, pre, 0.0)
    spread = correlation(len(pre), rho)
    lost = np.trace(np.linalg.pinv(base[pre]) @ spread[np.ix_(pre, pre)] @ base[pre]) / pre.sum()
    sd = draws.sd * np.sqrt(own @ spread @ own / max(1 - lost, 0.1))
    return gaps[during].mean(axis=0) - gaps[pre].mean(axis=0) + sd * rng.normal(size=len(sd))


def sample_weights(rest: GeoTest, *, seed: int) -> WeightDraws:
    """Draws of CausalPy's weighted-sum model, fitted to movements around each region's mean before the test.

    Parameters
    ----------
    rest : the test; its regions' levels are taken out here, since the model has none.

    Raises
    ------
    FitError : CausalPy is not installed, or its chains do not agree.
    """
    causalpy = _causalpy()
    treated = rest.treated[0]
    outcome = rest.outcome[rest.donors].assign(**{treated: rest.treated_mean})
    scale = float(rest.treated_mean[rest.pre].std()) or 1.0
    movement = (outcome - outcome[rest.pre].mean()) / scale
    with warnings.catch_warnings():
        # It warns that the treated region leaves the controls' range, which is about levels; those were taken out.
        warnings.filterwarnings("ignore", message="Convex hull|Control units", category=UserWarning)
        model = causalpy.pymc_models.WeightedSumFitter(
            sample_kwargs=SAMPLING | {"random_seed": seed, "progressbar": False}
        )
        experiment = causalpy.SyntheticControl(
            movement, rest.start, control_units=rest.donors, treated_units=[treated], model=model
        ).fit()
    _check(experiment.idata)
    posterior = experiment.idata["posterior"].to_dataset().stack(sample=("chain", "draw"))
    weights = posterior["beta"].isel(treated_units=0).transpose("sample", "coeffs").to_numpy()
    sd = posterior["y_hat_sigma"].squeeze("treated_units").to_numpy()
    return WeightDraws(weights, sd * scale)


def _causalpy() -> ModuleType:
    """CausalPy, where it is installed."""
    try:
        import causalpy
    except ImportError as missing:
        raise FitError(
            f"The Bayesian synthetic control needs CausalPy ({missing}): "
            "install it with 'pip install causalpy==1.0.0rc1'."
        ) from missing
    return causalpy


def _check(idata) -> None:
    """Raise where the chains do not agree."""
    import arviz as az

    rhat = float(az.rhat(idata["posterior"].to_dataset()[["beta", "y_hat_sigma"]]).to_array().max())
    divergent = float(idata["sample_stats"]["diverging"].mean())
    if rhat > LARGEST_RHAT or divergent > MOST_DIVERGENT:
        raise FitError(
            f"The Bayesian synthetic control's chains do not agree: R-hat {rhat:.3f} (at most {LARGEST_RHAT}), "
            f"{divergent:.1%} divergent transitions (at most {MOST_DIVERGENT:.0%})."
        )
