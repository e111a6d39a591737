"""Interrupted time series with covariates: a structural model of the treated regions, stopped at the test."""

from __future__ import annotations

import warnings

import numpy as np

from mmm_helpers.experiments.gap import background
from mmm_helpers.experiments.geo import Estimate, GeoTest
from mmm_helpers.intervals import LOWER, UPPER

SIMULATIONS = 1000
BEYOND = 9
"""Periods before a test beyond one for each covariate, at the least."""
VARIANCES = 4
"""Variances and memory that are fitted to the history."""


def estimate_interrupted(test: GeoTest, *, rng: np.random.Generator | None = None) -> Estimate:
    """Local level, memory, the controls' mean, a line and seasons: a structural model in the manner of CausalImpact.

    Brodersen, Gallusser, Koehler, Remy & Scott (2015) put priors on the same model; here the variances are fitted by
    maximum likelihood, and the paths that the treated regions might have taken without the test are simulated from
    all that the history leaves open of its level and its coefficients at the test's start.

    Parameters
    ----------
    rng : of the simulation; None for a fixed one.

    Raises
    ------
    ValueError : too few periods before the test.
    """
    test = test.until_end()
    x = covariates(test)
    fewest = BEYOND + x.shape[1]
    if test.pre.sum() < fewest:
        raise ValueError(
            f"a structural model needs {fewest} periods before the test; there are {int(test.pre.sum())}"
        )
    history = test.treated_mean[test.pre]
    level, scale = float(history.mean()), float(history.std()) or 1.0
    past, paths = simulate_paths(
        (history - level) / scale, x, np.random.default_rng(0) if rng is None else rng
    )
    paths = level + scale * paths
    effects = test.treated_mean[test.during].mean() - paths.mean(axis=0)
    low, high = np.quantile(effects, [LOWER, UPPER])
    below = (effects <= 0).mean()
    return Estimate(
        method="interrupted",
        counterfactual=np.concatenate([level + scale * past, paths.mean(axis=1)]),
        effect=float(effects.mean()),
        low=float(low),
        high=float(high),
        p_value=float(min(1.0, 2 * max(min(below, 1 - below), 0.5 / SIMULATIONS))),
        cells=len(test.treated) * int(test.during.sum()),
    )


def simulate_paths(
    history: np.ndarray, x: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What a series was foretold to be, and paths that it may take on.

    Parameters
    ----------
    history : (t before,) standardised. x : (t, k) covariates of the history and of the test.

    Returns
    -------
    (t before,) one-step forecasts, (t after, `SIMULATIONS`) paths.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    first, after = len(history), len(x) - len(history)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is judged by what the placebo tests find
        # As states, coefficients bring their uncertainty along; as parameters they would be taken as known.
        model = UnobservedComponents(
            history, "llevel", autoregressive=1, exog=x[:first], mle_regression=False
        )
        fitted = model.fit(disp=False, maxiter=200)
        paths = fitted.simulate(
            after,
            repetitions=SIMULATIONS,
            anchor="end",
            exog=x[first:],
            rng=rng,
            initial_state=draw_states(fitted, rng),
        )
    paths = np.asarray(paths).reshape(after, SIMULATIONS)
    # Variances are fitted too: a normal spread divided by their own gives Student's t.
    freedom = max(first - x.shape[1] - VARIANCES, 3)
    wider = np.sqrt(freedom / rng.chisquare(freedom, SIMULATIONS))
    middle = paths.mean(axis=1, keepdims=True)
    return np.asarray(fitted.fittedvalues), middle + (paths - middle) * wider


def covariates(test: GeoTest) -> np.ndarray:
    """(t, k) the controls' mean, standardised, and the line and seasons that the history tells (`gap.background`)."""
    control = test.control_outcome.mean(axis=1)
    control = (control - control[test.pre].mean()) / (control[test.pre].std() or 1.0)
    return np.column_stack([control, background(test.dates, test.pre)[:, 1:]])


def draw_states(fitted, rng: np.random.Generator) -> np.ndarray:
    """(states, `SIMULATIONS`) states at the test's start that the history allows."""
    mean, cov = fitted.predicted_state[:, -1], fitted.predicted_state_cov[..., -1]
    return rng.multivariate_normal(mean, cov, size=SIMULATIONS, method="svd").T
