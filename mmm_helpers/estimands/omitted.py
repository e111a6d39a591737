"""How much an unseen driver of both spend and sales could bias a return, in closed form (Cinelli & Hazlett 2020).

An unseen driver is described by two shares: what it explains of the channel's media that the model's other inputs do
not (partial R² with the media), and what it explains of the outcome that the model does not (partial R² with the
outcome). Together with how much the media move by themselves and how much of the outcome is unexplained these two
give the bias exactly, whatever the driver looks like.
"""

from __future__ import annotations

import numpy as np

MOST_TIMES = 1e3
"""A driver more than so many times as strong as an observed one is not looked for."""
CERTAIN = 1 - 1e-9
"""Largest share that a driver can explain."""


def bias_factor(r2_outcome: float, r2_media: float) -> float:
    """Bias in units of sd(unexplained outcome) / sd(the media's own movement).

    Parameters
    ----------
    r2_outcome : partial R² of the driver with the outcome, given the media and everything else.
    r2_media : partial R² of the driver with the media, given everything else; below 1.
    """
    return float(np.sqrt(r2_outcome * r2_media / (1 - r2_media)))


def robustness_value(factor: float, *, data_share: float = 1.0) -> float:
    """The share that a driver has to explain of both, media and outcome, for a bias of `factor`.

    Parameters
    ----------
    factor : bias in units of sd(unexplained outcome) / sd(the media's own movement); for a whole coefficient
        this is its t-value divided by the root of the degrees of freedom.
    data_share : share of what is known about the coefficient that comes from data; the rest is a prior, in which
        no driver has a part, so that it explains at most this share of the media's own movement and prior together.

    Returns
    -------
    Between 0 and 1; 1 also where no driver can do it, because the prior alone holds the coefficient in place.

    Examples
    --------
    >>> round(robustness_value(4.18445 / 783**0.5), 6)  # Cinelli & Hazlett (2020), Darfur
    0.138776
    """
    if not np.isfinite(factor) or data_share <= 0:
        return np.nan if not np.isfinite(factor) else 1.0
    square = float(factor) ** 2
    root = np.sqrt(square**2 * data_share**2 + 4 * data_share * square)
    return float(min(1.0, (root - square * data_share) / (2 * data_share)))


def as_strong(r2_outcome: float, r2_media: float, *, times: float = 1.0) -> tuple[float, float]:
    """Shares that a driver explains at most if it is `times` as strong as an observed control.

    Parameters
    ----------
    r2_outcome : partial R² of the control with the outcome, given the media and all other controls.
    r2_media : partial R² of the control with the media, given all other controls.

    Returns
    -------
    Partial R² of the driver with the outcome and with the media; neither can exceed 1.
    """
    r2_outcome, r2_media = min(r2_outcome, CERTAIN), min(r2_media, CERTAIN)
    odds = r2_media / (1 - r2_media)
    on_media = times * odds
    overlap = times * r2_media**2 / ((1 - times * r2_media) * (1 - r2_media)) if times * r2_media < 1 else 1.0
    if overlap >= CERTAIN or on_media >= CERTAIN:
        return CERTAIN, CERTAIN
    on_outcome = (np.sqrt(times) + np.sqrt(overlap)) ** 2 / (1 - overlap) * r2_outcome / (1 - r2_outcome)
    return min(float(on_outcome), CERTAIN), float(on_media)


def times_as_strong(factor: float, r2_outcome: float, r2_media: float, *, data_share: float = 1.0) -> float:
    """How many times as strong as an observed control a driver has to be for a bias of `factor`; inf beyond 1,000.

    Parameters
    ----------
    factor, data_share : as in `robustness_value`. r2_outcome, r2_media : of the control, as in `as_strong`.
    """
    from scipy.optimize import brentq

    def short_of(log_times: float) -> float:
        outcome, media = as_strong(r2_outcome, r2_media, times=np.exp(log_times))
        return bias_factor(outcome, data_share * media) - factor

    low, high = -np.log(MOST_TIMES), np.log(MOST_TIMES)
    if not np.isfinite(factor) or min(r2_outcome, r2_media) <= 0 or short_of(high) < 0:
        return np.inf
    return float(np.exp(brentq(short_of, low, high))) if short_of(low) < 0 else float(np.exp(low))
