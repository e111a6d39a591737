"""The table `sensitivity`: per channel what prior and data do to its return, and how strong a hidden driver must be.

Everything comes from stored draws, without a refit. Prior and data are weighed on the market's own fit, before the
markets inform each other; hidden demand and the placebo look at the final posterior, which advice is given on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.effects import STEP, Window, compute_effect, overall_marginal, windows
from mmm_helpers.estimands.grading import SURE, advice
from mmm_helpers.estimands.linearised import Regression, conditional, linearise
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.omitted import (
    MOST_TIMES,
    as_strong,
    bias_factor,
    robustness_value,
    times_as_strong,
)
from mmm_helpers.estimands.placebo import bonferroni, placebo_test
from mmm_helpers.estimands.power_scaling import UNRELIABLE_K, WEAKER, diagnose, power_sensitivity, reweight
from mmm_helpers.model.density import log_likelihood, log_prior
from mmm_helpers.model.design import Design

HALF, DOUBLE = 0.5, 2.0
"""How firmly a channel's own priors are held in the two threats to its advice."""
TINY = 1e-9
OVER, UNDER = "raises both", "raises one and lowers the other"
"""What a hidden driver must do to spend and sales: make the return look too high, or too low."""
COLUMNS = [
    "market", "channel", "advice", "p_above", "p_above_own", "prior_sensitivity", "likelihood_sensitivity",
    "pareto_k", "diagnosis", "p_above_prior_half", "p_above_prior_double", "p_above_likelihood_less", "data_share",
    "hidden_demand_needed", "hidden_demand_direction", "hidden_demand_break_even", "strongest_control",
    "strongest_control_outcome", "strongest_control_media", "strongest_control_strength",
    "times_strongest_control", "p_above_hidden_demand", "placebo_correlation", "placebo_p", "placebo_p_adjusted",
]  # fmt: skip


@dataclass(frozen=True)
class Marginals:
    """Draws (sample,) of each channel's gain and marginal return in the last window, and the break-even."""

    gain: dict[str, np.ndarray]
    mroas: dict[str, np.ndarray]
    even: float

    def chance(self, channel: str, *, weights: np.ndarray | None = None, factor: float = 1.0) -> float:
        """Probability that `factor` times the marginal return exceeds break-even; missing where none is known."""
        if channel not in self.mroas or not np.isfinite(self.even):
            return np.nan
        return float(np.average(factor * self.mroas[channel] > self.even, weights=weights))


def compute_sensitivity(
    design: Design,
    own: xr.Dataset,
    draws: xr.Dataset,
    parts: dict[str, np.ndarray],
    money: Money,
    *,
    margin: float | None,
    known: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row per channel (`COLUMNS`); what asks for a return is missing where nothing was paid in the last window.

    Parameters
    ----------
    own, draws : flattened draws of the market's own fit and of the final posterior, with `log_effect`.
    parts : components (sample, t, r) of the final posterior's fitted outcome.
    margin : contribution margin; break-even is 1 / margin, or the market's overall marginal return if unknown.
    known : (t, r, c) whether spend is known.
    """
    final = last_marginals(design, draws, money, margin=margin)
    scaled = _scale_powers(design, own, last_marginals(design, own, money, margin=margin))
    regression = linearise(design, draws, parts, prior_sd=market_prior_sd(design, own))
    hidden = _hide_demand(regression, final)
    correlation, p = placebo_test(design, draws, parts, known=known, rng=rng)
    placebo = zip(correlation, p, bonferroni(p), strict=True)
    rows = []
    for channel, found in zip(design.channels, placebo, strict=True):
        chance = final.chance(channel)
        named = dict(zip(("placebo_correlation", "placebo_p", "placebo_p_adjusted"), found, strict=True))
        keys = {"market": design.market, "channel": channel, "advice": "", "p_above": chance}
        if np.isfinite(chance):
            keys["advice"] = advice(chance)
        rows.append(keys | scaled[channel] | hidden.get(channel, {}) | named)
    return pd.DataFrame(rows, columns=COLUMNS)


def last_marginals(design: Design, draws: xr.Dataset, money: Money, *, margin: float | None) -> Marginals:
    """Gains of all channels and marginal returns of those paid for, all regions together, in the last window."""
    design, draws, window = _recent(design, draws, windows(design)[-1])
    effects = {c: compute_effect(design, draws, c, window) for c in design.channels}
    gain = {c: money.money(e.incremental).sum(axis=1) for c, e in effects.items()}
    mroas = {}
    for c, effect in effects.items():
        spend = float(money.spend(effect.spend).sum())
        if design.paid[design.channels.index(c)] and spend > 0:
            mroas[c] = money.money(effect.marginal).sum(axis=1) / (STEP * spend)
    return Marginals(gain, mroas, 1 / margin if margin else overall_marginal(design, effects, money))


def _recent(design: Design, draws: xr.Dataset, window: Window) -> tuple[Design, xr.Dataset, Window]:
    """The data without what is too old to carry over into the window; the window's effects are the same."""
    first = max(0, window.start - design.l_max + 1)
    series = ("outcome", "observed", "spend", "media", "controls")
    short = replace(
        design, dates=design.dates[first:], **{name: getattr(design, name)[first:] for name in series}
    )
    if "date" in draws.dims:
        draws = draws.isel(date=slice(first, None))
    return short, draws, Window(window.name, window.start - first, window.stop - first)


def _scale_powers(design: Design, own: xr.Dataset, returns: Marginals) -> dict[str, dict]:
    """Sensitivity of each channel's gain to its priors and to the data, and its chance under both scaled."""
    priors, likelihood = log_prior(design, own), log_likelihood(design, own)
    found = {}
    for c, channel in enumerate(design.channels):
        gain = returns.gain[channel]
        prior, data, shape = np.nan, np.nan, -np.inf
        if np.ptp(gain) > 0:
            (prior, k_prior), (data, k_data) = (
                power_sensitivity(gain, d) for d in (priors[:, c], likelihood)
            )
            shape = max(k_prior, k_data)
        threats = {
            "prior_half": (priors[:, c], HALF),
            "prior_double": (priors[:, c], DOUBLE),
            "likelihood_less": (likelihood, WEAKER),
        }
        found[channel] = {
            "p_above_own": returns.chance(channel),
            "prior_sensitivity": prior,
            "likelihood_sensitivity": data,
            "pareto_k": shape if np.isfinite(shape) else np.nan,
            "diagnosis": diagnose(prior, data, shape),
        } | {f"p_above_{n}": _chance_under(returns, channel, *threat) for n, threat in threats.items()}
    return found


def _chance_under(returns: Marginals, channel: str, component: np.ndarray, alpha: float) -> float:
    """Chance of a return above break-even under a scaled prior or likelihood; missing where draws are too few."""
    weights, shape = reweight(component, alpha)
    return np.nan if shape > UNRELIABLE_K else returns.chance(channel, weights=weights)


def market_prior_sd(design: Design, own: xr.Dataset) -> np.ndarray:
    """(c,) prior sd of a channel's log effect in the market as a whole.

    Of the market by itself: other markets hold an effect in place too, but not against a driver that nobody
    measured, which may well be at work in all of them.
    """
    return design.effect_sd / np.sqrt(own["log_effect_market"].sizes.get("region", 1))


def _hide_demand(regression: Regression, returns: Marginals) -> dict[str, dict]:
    """How strong a hidden driver must be to flip each channel's advice, beside the strongest control."""
    rows = len(regression.outcome) - len(regression.channels)
    media = conditional(regression.columns, rows=rows)
    all_in = conditional(np.column_stack([regression.columns, regression.outcome]))
    first = regression.columns.shape[1] - len(regression.controls)
    found = {}
    for c, channel in enumerate(regression.channels):
        if channel not in returns.mroas or not np.isfinite(returns.even):
            continue
        share = float(media.data_share[c])
        observed = {
            name: (all_in.together[-1, first + k], min(1.0, media.together[c, first + k] / max(share, TINY)))
            for k, name in enumerate(regression.controls)
        }
        # A bias of the whole effect, in the unit of the closed form.
        whole = float(media.size[c] / all_in.size[-1])
        found[channel] = _flip(returns, channel, whole, share, observed)
    return found


def _flip(returns: Marginals, channel: str, whole: float, share: float, observed: dict[str, tuple]) -> dict:
    """What flips one channel's advice.

    Parameters
    ----------
    whole : bias that takes away the whole effect, in units of the closed form (`omitted.bias_factor`).
    share : of what is known about the effect, that from data. observed : control → partial R² with outcome, media.
    """
    needed, direction = needed_change(returns.mroas[channel], returns.even)
    mean = float(returns.mroas[channel].mean())
    row = {
        "data_share": share,
        "hidden_demand_needed": robustness_value(abs(needed) * whole, data_share=share),
        "hidden_demand_direction": direction,
        "hidden_demand_break_even": robustness_value(abs(1 - returns.even / mean) * whole, data_share=share),
    }
    if not observed:
        return row
    strength = {name: as_strong(*r2) for name, r2 in observed.items()}
    bias = {name: bias_factor(outcome, share * media) for name, (outcome, media) in strength.items()}
    name = max(bias, key=bias.get)
    change = bias[name] / whole
    factor = max(0.0, 1 - change) if direction == OVER else 1 + change
    times = times_as_strong(abs(needed) * whole, *observed[name], data_share=share)
    return row | {
        "strongest_control": name,
        "strongest_control_outcome": observed[name][0],
        "strongest_control_media": observed[name][1],
        "strongest_control_strength": robustness_value(bias[name], data_share=share),
        "times_strongest_control": min(MOST_TIMES, times),
        "p_above_hidden_demand": returns.chance(channel, factor=factor),
    }


def needed_change(mroas: np.ndarray, even: float) -> tuple[float, str]:
    """By what share an effect must be wrong for the advice to change, and what a driver must do for that.

    Parameters
    ----------
    mroas : (sample,) marginal return. even : break-even.

    Returns
    -------
    The share, above zero where the effect must be smaller than it looks. For "hold" the nearer of both sides.

    Examples
    --------
    >>> round(needed_change(np.linspace(1.5, 2.5, 101), 1.0)[0], 2)  # at a factor of 1 / 1.7 only 80 % lie above
    0.41
    """
    low, high = np.quantile(mroas, [1 - SURE, SURE])
    to_more, to_less = (1 - even / q if q > 0 else -np.inf for q in (low, high))
    now = advice(float((mroas > even).mean()))
    share = {"more": to_more, "less": to_less, "hold": min(to_more, to_less, key=abs)}[now]
    return float(share), OVER if share > 0 else UNDER
