"""The truth beside the demo: parameters, contributions, and returns by the definitions that reports use."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from mmm_helpers.simulation.baseline import BASE_SHARE, EFFECTS
from mmm_helpers.simulation.recipe import CHANNELS, DEMAND_NOISE, MARKET_SD, REGION_SD
from mmm_helpers.simulation.transforms import L_MAX
from mmm_helpers.simulation.world import LEAD_IN, NOISE_RHO, SHOCK_SD, Company, MarketWorld

WINDOWS = {"all_history": None, "last_52_weeks": 52}
EXPECTED_MISS = {
    "tv": "True carry-over peaks in the week after the spend; a geometric one peaks at once and has too long "
    "a tail: the timing is missed, and the total return comes out about a tenth to a third too high.",
    "online_video": "True carry-over peaks in the week after the spend; a geometric one peaks a week early.",
    "search_brand": "Spend follows demand; the demand index explains 80 % of demand: the return, truly "
    "about 0.1, is estimated at roughly 0.5 to 2, and far higher without the index.",
    "search_generic": "Spend follows demand half as strongly; up to a fifth too good with the index.",
    "organic": "Sessions follow demand: credited with two to three times what they truly bring.",
    "display": "About 1 % of the outcome: too little to be told from noise by a region's own data.",
    "email": "About 1 % of the outcome, more in weeks of promotions: mostly informed by the other markets.",
}


def _response(world: MarketWorld, channel: str, amount: np.ndarray) -> np.ndarray:
    """Contribution (weeks + tail, regions) to the history and `L_MAX` − 1 weeks without spend after."""
    tail = np.zeros((L_MAX - 1, amount.shape[1]))
    return world.truth[channel].response(np.vstack([amount, tail]))[LEAD_IN:]


def window_bounds(world: MarketWorld, window: str) -> tuple[int, int]:
    """First week and the week after the last of a window, as positions in the history."""
    weeks = len(world.dates)
    return max(0, weeks - (WINDOWS[window] or weeks)), weeks


def window_change(world: MarketWorld, channel: str, first: int, last: int, factor: float) -> np.ndarray:
    """Outcome with the window's spend multiplied by `factor` minus the outcome as it was, shape (regions,).

    All other spend stays as observed; summed over the window and the 7 weeks after it, which past the end
    of the history carry no new spend.
    """
    amount = world.amounts[channel]
    changed = amount.copy()
    changed[LEAD_IN + first : LEAD_IN + last] *= factor
    return window_difference(world, channel, changed, amount, first, last)


def window_difference(
    world: MarketWorld, channel: str, one: np.ndarray, other: np.ndarray, first: int, last: int
) -> np.ndarray:
    """Outcome under one path of amounts minus that under another, summed as in `window_change`, (regions,)."""
    difference = _response(world, channel, one) - _response(world, channel, other)
    return difference[first : last + L_MAX - 1].sum(axis=0)


def compute_channel_effects(company: Company) -> pd.DataFrame:
    """True effects per market, region (and `all`), channel and window, in the market's currency.

    Returns
    -------
    DataFrame with `market, region, channel, window, period_start, period_end` (first and last week's
    start), `currency, spend, landed, incremental, roas, mroas`. Unpaid channels, and windows without
    spend, have no spend, roas and mroas.
    """
    rows = [
        row
        for code, world in company.markets.items()
        for channel in world.truth
        for window in WINDOWS
        for row in _effect_rows(code, world, channel, window)
    ]
    return pd.DataFrame(rows)


def _effect_rows(code: str, world: MarketWorld, channel: str, window: str) -> list[dict]:
    first, last = window_bounds(world, window)
    amount = world.amounts[channel][LEAD_IN + first : LEAD_IN + last].sum(axis=0)
    landed = _response(world, channel, world.amounts[channel])[first:last].sum(axis=0)
    incremental = -window_change(world, channel, first, last, 0.0)
    one_percent = window_change(world, channel, first, last, 1.01)
    keys = {"market": code, "channel": channel, "window": window, "currency": world.recipe.currency}
    keys |= {"period_start": world.dates[first].date(), "period_end": world.dates[last - 1].date()}
    parts = np.c_[amount, landed, incremental, one_percent]
    parts = parts if len(parts) == 1 else np.vstack([parts, parts.sum(axis=0)])
    names = world.regions if len(world.regions) == 1 else [*world.regions, "all"]
    paid = world.truth[channel].channel.paid
    pairs = zip(names, parts, strict=True)
    return [_effect_row(keys | {"region": name}, *map(float, part), paid) for name, part in pairs]


def _effect_row(
    keys: dict, spend: float, landed: float, incremental: float, extra: float, paid: bool
) -> dict:
    order = ("market", "region", "channel", "window", "period_start", "period_end", "currency")
    row = {k: keys[k] for k in order} | {"spend": None, "landed": landed, "incremental": incremental}
    row |= {"roas": None, "mroas": None}
    if paid and spend > 0:
        row |= {"spend": spend, "roas": incremental / spend, "mroas": extra / (0.01 * spend)}
    return row


def compute_contributions(company: Company) -> pd.DataFrame:
    """Landed contribution per market, region, date and channel, with the amount: money, organic sessions."""
    parts = []
    for code, world in company.markets.items():
        for channel in world.truth:
            frame = pd.DataFrame(
                {
                    "amount": company.spend(code, channel).T.stack(),
                    "contribution": company.contribution(code, channel).T.stack(),
                }
            ).reset_index()
            parts.append(frame.assign(market=code, channel=channel))
    return pd.concat(parts, ignore_index=True)[
        ["market", "region", "date", "channel", "amount", "contribution"]
    ]


def compute_components(company: Company) -> pd.DataFrame:
    """The other parts of the outcome per market, region and date; with the contributions they add up to it.

    Returns
    -------
    DataFrame, wide: `market, region, date`, the components as in the table `decomposition` (latent demand
    stands under `control:demand_index`), `shock`, `noise` and the `outcome` itself.
    """
    parts = []
    for code, world in company.markets.items():
        values = world.components | {"shock": world.shock, "noise": world.noise, "outcome": world.outcome}
        frame = pd.DataFrame({name: world.frame(v).T.stack() for name, v in values.items()}).reset_index()
        frame.insert(0, "market", code)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def compute_parameters(company: Company) -> pd.DataFrame:
    """True parameters per market, region and channel; amounts per head and week in the market's currency.

    Returns
    -------
    DataFrame with `market, region, channel, adstock, alpha, theta, slope, kappa_per_head, beta_per_head,
    mean_per_head, return_at_mean, market_return_at_mean`.
    """
    rows = []
    for code, world in company.markets.items():
        for name, truth in world.truth.items():
            recipe = truth.channel
            rows += [
                {
                    "market": code, "region": region, "channel": name,
                    "adstock": "geometric" if recipe.theta is None else "delayed",
                    "alpha": recipe.alpha, "theta": recipe.theta, "slope": recipe.slope,
                    "kappa_per_head": truth.kappa, "beta_per_head": truth.beta[r],
                    "mean_per_head": truth.mean_per_head[r],
                    "return_at_mean": truth.return_at_mean[r],
                    "market_return_at_mean": truth.market_return,
                }
                for r, region in enumerate(world.regions)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def describe_truth(company: Company) -> str:
    """JSON of what holds for the whole company: seed, hyper-parameters, effects, expected misses."""
    channels = {
        code: {
            "label": c.label,
            "company_return_at_mean": c.mean_return,
            "adstock": "geometric" if c.theta is None else "delayed",
            "weights": [round(float(w), 6) for w in c.weights],
            "response_share_at_mean": c.saturation,
            "slope": c.slope,
            "log_spend_per_sd_of_demand": c.chase,
            "expected_miss": EXPECTED_MISS.get(code),
        }
        for code, c in CHANNELS.items()
    }
    facts = {
        "seed": company.seed,
        "l_max": L_MAX,
        "market_sd_of_log_return": MARKET_SD,
        "region_sd_of_log_return": REGION_SD,
        "base_share_of_expected_outcome": BASE_SHARE,
        "effects_as_share_of_base_per_unit": EFFECTS,
        "demand_index_noise_in_sd_of_demand": DEMAND_NOISE,
        "shared_shock_sd": SHOCK_SD,
        "noise_autocorrelation": NOISE_RHO,
        "noise_sd": {code: w.recipe.noise for code, w in company.markets.items()},
        "channels": channels,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
