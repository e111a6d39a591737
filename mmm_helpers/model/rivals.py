"""Other ways to predict the same quarter: last year's values, plain regression, ridge, gradient boosting.

Ridge and boosting see what the model sees after its own transforms. They may predict as well or better; what they
cannot do is say what a channel brought, with an interval and with the signs and shapes that media have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from mmm_helpers.model.design import Design
from mmm_helpers.model.given import season_length
from mmm_helpers.model.predict import channel_contribution

SEED = 7
PENALTIES = np.logspace(-3, 4, 29)
"""Ridge penalties to choose from, on standardised inputs."""
BOOSTING = {"max_iter": 300, "learning_rate": 0.05, "max_leaf_nodes": 15, "l2_regularization": 1.0}
"""Small trees and a slow rate: a market has a few hundred rows."""


def seasonal_naive(
    design: Design, start: int, length: int, *, rng: np.random.Generator, draws: int
) -> np.ndarray | None:
    """Last year's value plus its own past error, resampled.

    Returns
    -------
    Shape (draws, length, r), or None where there is not a year of history plus the length of the forecast.
    """
    year = season_length(design)
    if start < year + length:
        return None
    point = design.outcome[start - year : start - year + length]
    errors = design.outcome[year:start] - design.outcome[: start - year]
    errors = errors[~np.isnan(errors).any(axis=1)]
    if not len(errors):
        return None
    picks = rng.integers(len(errors), size=(draws, length))
    return point[None] + errors[picks]


def ols_forecast(design: Design, start: int) -> np.ndarray:
    """What a plain regression per region predicts, given the same inputs: the yardstick that analysts know.

    Ordinary least squares of the outcome on trend, yearly cycle, controls and each channel's spend of the same
    period, fitted on the periods before `start`.

    Returns
    -------
    Shape (t − start, r), in the outcome's unit.
    """
    import statsmodels.api as sm

    periods = len(design.dates)
    shared = np.column_stack([np.ones(periods), design.time, design.fourier])
    ahead = np.empty((periods - start, len(design.regions)))
    for r in range(len(design.regions)):
        inputs = np.column_stack([shared, design.controls[:, r], design.media[:, r]])
        known = design.observed[:start, r]
        fitted = sm.OLS(design.outcome[:start, r][known], inputs[:start][known]).fit()
        ahead[:, r] = fitted.predict(inputs[start:])
    return ahead


def media_features(design: Design, draws: xr.Dataset) -> np.ndarray:
    """(t, r, c) carried-over and saturated media: each channel's mean contribution, in units of mean outcome."""
    means = [channel_contribution(design, draws, c).mean(axis=0) for c in design.channels]
    return np.stack(means, axis=-1) / design.outcome_scale[:, None]


def features(design: Design, media: np.ndarray) -> np.ndarray:
    """(t, r, f) inputs of ridge and boosting: media, controls, yearly cycle, each region's level and trend."""
    periods, regions = len(design.dates), len(design.regions)
    level = np.broadcast_to(np.eye(regions), (periods, regions, regions))
    season = np.broadcast_to(design.fourier[:, None, :], (periods, regions, design.fourier.shape[1]))
    trend = level * design.time[:, None, None]
    return np.concatenate([media, design.controls, season, level, trend], axis=2)


def fit_ridge(inputs: np.ndarray, outcome: np.ndarray) -> Any:
    """Ridge regression on standardised inputs, its penalty by five folds of consecutive rows.

    Parameters
    ----------
    inputs : (n, f), rows in the order of time. outcome : (n,).
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeCV(alphas=PENALTIES, cv=KFold(5))).fit(inputs, outcome)


def fit_boosting(inputs: np.ndarray, outcome: np.ndarray) -> Any:
    """Gradient-boosted trees (parameters as `fit_ridge`)."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=SEED, **BOOSTING).fit(inputs, outcome)


LEARNERS = {"ridge": fit_ridge, "boosting": fit_boosting}


def fit_learner(name: str, design: Design, inputs: np.ndarray, start: int) -> Any:
    """Ridge or boosting on the known cells before `start`; the outcome in units of each region's mean."""
    known = design.observed[:start]
    return LEARNERS[name](inputs[:start][known], design.scaled_outcome[:start][known])


def predict_learner(learner: Any, design: Design, inputs: np.ndarray) -> np.ndarray:
    """(t, r) prediction in the outcome's unit from inputs (t, r, f)."""
    flat = learner.predict(inputs.reshape(-1, inputs.shape[2]))
    return flat.reshape(inputs.shape[:2]) * design.outcome_scale


def rival_forecasts(design: Design, draws: xr.Dataset, start: int, length: int) -> dict[str, np.ndarray]:
    """Point forecasts (length, r) of plain regression, ridge and boosting.

    Parameters
    ----------
    design : as known at `start` (`given.expected_controls`). draws : flattened posterior of the fold's own fit.
    """
    inputs = features(design, media_features(design, draws))
    points = {"ols": ols_forecast(design, start)}
    for name in LEARNERS:
        learner = fit_learner(name, design, inputs, start)
        points[name] = predict_learner(learner, design, inputs[start:])
    return {name: point[:length] for name, point in points.items()}


def implied_outcome(
    name: str, design: Design, draws: xr.Dataset, start: int, window: slice
) -> dict[str, np.ndarray]:
    """What a learner predicts with each channel's media minus without, summed over a window: channel → (r,).

    Parameters
    ----------
    name : ridge or boosting. design, draws, start : as `rival_forecasts`.
    """
    media = media_features(design, draws)
    inputs = features(design, media)
    learner = fit_learner(name, design, inputs, start)
    whole = predict_learner(learner, design, inputs)
    gains = {}
    for c, channel in enumerate(design.channels):
        dark = inputs.copy()
        dark[:, :, c] = 0.0
        gains[channel] = (whole - predict_learner(learner, design, dark))[window].sum(axis=0)
    return gains
