"""A placebo that needs no refit: next month's spend must not explain today's sales.

Where it does, spend follows something that also drives sales and that the model does not know, or budgets follow
sales; either way the channel's return is not what spend brought.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from mmm_helpers.estimands.linearised import baseline_columns, mean_part, residual
from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import innovations, noise_scale

LEAD_WEEKS = 4
"""How many weeks ahead spend is looked at."""


def next_month(design: Design, known: np.ndarray) -> np.ndarray:
    """(t, r, c) mean media of the four weeks after each period; missing where not all of it is known.

    Parameters
    ----------
    known : (t, r, c) whether the spend of a period is known.
    """
    ahead = max(1, round(LEAD_WEEKS * design.periods_per_year / (365.25 / 7)))
    media = np.where(known, design.media, np.nan)
    total = len(media)
    lead = np.full(media.shape, np.nan)
    if total > ahead:
        lead[: total - ahead] = sum(media[k : total - ahead + k] for k in range(1, ahead + 1)) / ahead
    return lead


def placebo_test(
    design: Design,
    draws: xr.Dataset,
    parts: dict[str, np.ndarray],
    *,
    known: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Correlation of the model's surprises with next month's spend, and how often chance alone gives as much.

    A posterior predictive check (Gelman, Meng & Stern 1996) with surprises drawn anew under the model. What next
    month's spend shares with the present carried media of all channels, season, trend and controls is taken out of
    it first: only what the model cannot know is left.

    Parameters
    ----------
    draws : flattened posterior. parts : components (sample, t, r) of its fitted outcome.
    known : (t, r, c) whether spend is known.

    Returns
    -------
    correlation (c,), mean over draws; p (c,), two-sided. Missing where next month's spend tells nothing new.
    """
    left, spread = innovations(design, draws, parts["fitted"] - parts.get("shock", 0.0))
    shock = noise_scale(draws)[2][:, None, None]
    again = rng.normal(size=left.shape) * spread + rng.normal(size=(*left.shape[:2], 1)) * shock
    carried = [mean_part(design, parts, f"channel:{c}") for c in design.channels]
    inputs = np.stack([*carried, *baseline_columns(design), *np.moveaxis(design.controls, -1, 0)], axis=-1)
    correlation, p = np.full((2, len(design.channels)), np.nan)
    for c, lead in enumerate(np.moveaxis(next_month(design, known), -1, 0)):
        use = design.observed & np.isfinite(lead)
        news = _news(lead[use], inputs[use])
        if news is None:
            continue
        own, chance = (_correlation(e[:, use], news) for e in (left, again))
        above = (1 + (chance >= own).sum()) / (1 + len(own))
        correlation[c], p[c] = own.mean(), min(1.0, 2 * min(above, 1 + 1 / (1 + len(own)) - above))
    return correlation, p


def _news(lead: np.ndarray, inputs: np.ndarray) -> np.ndarray | None:
    """What of `lead` (n,) the inputs (n, k) do not explain; None if that is nothing."""
    if len(lead) <= inputs.shape[1] + 1 or np.ptp(lead) == 0:
        return None
    news = residual(lead, inputs)
    return news if news.std() > 1e-6 * lead.std() else None


def _correlation(series: np.ndarray, news: np.ndarray) -> np.ndarray:
    """(sample,) correlation of each draw's series (sample, n) with `news` (n,)."""
    return series @ news / np.sqrt((series**2).sum(axis=1) * (news**2).sum())


def bonferroni(p: np.ndarray) -> np.ndarray:
    """P-values multiplied by how many were looked at; missing ones are not counted.

    Examples
    --------
    >>> bonferroni(np.array([0.01, np.nan, 0.6])).tolist()
    [0.02, nan, 1.0]
    """
    return np.minimum(1.0, p * np.isfinite(p).sum())
