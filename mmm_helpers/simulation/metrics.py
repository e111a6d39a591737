"""Delivery metrics as ad platforms report them: consistent with each other, and too kind to themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.simulation.randomness import round_to_total, stream
from mmm_helpers.simulation.recipe import RegionRecipe
from mmm_helpers.simulation.world import LEAD_IN, MarketWorld

METRICS = (
    "impressions",
    "viewable_impressions",
    "clicks",
    "reach",
    "conversions",
    "click_to_order_days",
    "impression_share",
)
ORDER_VALUE = 40.0
"""Average order in EUR-like units; conversions are orders."""


@dataclass(frozen=True)
class Delivery:
    """How a channel delivers.

    Attributes
    ----------
    cpm : cost of a thousand impressions in EUR-like units, in a region of middling competition.
    viewable : share of impressions that are viewable.
    click_rate : clicks per viewable impression; 0 for a channel without clicks.
    claimed_return : order value that the platform claims per unit of money spent, in that region.
    daily : whether the platform exports days (else weeks).
    """

    cpm: float
    viewable: float
    click_rate: float
    claimed_return: float
    daily: bool = True


DELIVERY = {
    "tv": Delivery(9.0, 1.0, 0.0, 0.0, daily=False),
    "online_video": Delivery(11.0, 0.68, 0.006, 2.4),
    "social": Delivery(7.0, 0.62, 0.014, 3.6),
    "search_brand": Delivery(70.0, 0.95, 0.230, 9.0),
    "search_generic": Delivery(45.0, 0.92, 0.055, 4.6),
    "ooh": Delivery(4.0, 1.0, 0.0, 0.0, daily=False),
    "display": Delivery(4.0, 0.55, 0.0035, 3.8),
    "email": Delivery(1.2, 0.33, 0.080, 9.0, daily=False),
}
FREQUENCY = 2.0
"""Impressions per person reached in a period with little delivery; more as the audience is exhausted."""
WEEKDAY_WEIGHTS = np.array([1.05, 1.0, 1.0, 1.05, 1.1, 0.95, 0.85])
"""Spend by day of the week, Monday first."""


def delivery(world: MarketWorld, channel: str) -> pd.DataFrame:
    """What the channel's platform reports, one row per period and region with spend.

    Competition makes media dearer and lowers the impression share; the more often the same people see an
    advertisement, the fewer of their clicks become orders; a longer purchase cycle lengthens the way from
    click to order and costs orders. Claimed conversions follow clicks and demand, not incrementality.

    Parameters
    ----------
    world : the market.
    channel : code of a paid channel.

    Returns
    -------
    DataFrame with `date` (days for digital channels, else week starts), `region`, `spend` and METRICS;
    a metric that the channel has not is missing throughout. Clicks ≤ viewable impressions ≤ impressions,
    reach ≤ impressions and ≤ population, conversions ≤ clicks. Daily spend adds up to the week's exactly.
    """
    rng = stream(world.seed, world.recipe.code, "delivery", channel)
    regions = enumerate(world.recipe.regions)
    parts = [_region_delivery(world, channel, r, region, rng) for r, region in regions]
    return pd.concat(parts, ignore_index=True)


def daily_spend(
    weekly: np.ndarray, dates: pd.DatetimeIndex, decimals: int, rng: np.random.Generator
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """Split weekly spend (weeks,) over days: weekday pattern, noise, a few days without delivery."""
    days = pd.date_range(dates[0], periods=7 * len(dates), freq="D")
    pattern = WEEKDAY_WEIGHTS[days.day_of_week].reshape(-1, 7) * rng.gamma(40, 1 / 40, (len(dates), 7))
    silent = rng.random(pattern.shape) < 0.02
    silent[:, 3] = False
    share = np.where(silent, 0.0, pattern)
    share /= share.sum(axis=1, keepdims=True)
    amounts = round_to_total((share * weekly[:, None]).T, decimals).T
    return days, amounts.ravel()


def _region_delivery(
    world: MarketWorld, channel: str, r: int, region: RegionRecipe, rng: np.random.Generator
) -> pd.DataFrame:
    weekly = world.amounts[channel][LEAD_IN:, r]
    dates, spend, week = world.dates, weekly, np.arange(len(weekly))
    if DELIVERY[channel].daily:
        dates, spend = daily_spend(weekly, world.dates, world.recipe.decimals, rng)
        week = np.repeat(week, 7)
    on = spend > 0
    metrics = _metrics(DELIVERY[channel], world, region, spend[on], world.demand[week[on], r], rng)
    return pd.DataFrame({"date": dates[on], "region": region.name, "spend": spend[on], **metrics})


def _metrics(
    how: Delivery,
    world: MarketWorld,
    region: RegionRecipe,
    spend: np.ndarray,
    demand: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """METRICS for periods with spend, arrays (periods,)."""
    size, price = len(spend), world.recipe.price_level
    dear = np.exp(0.5 * (region.competitive_density - 0.55) + rng.normal(0, 0.08, size))
    impressions = np.ceil(1000 * spend / (how.cpm * price * dear))
    audience = 0.8 * region.population * region.media_penetration
    reach = np.floor(np.minimum(audience * (1 - np.exp(-impressions / (FREQUENCY * audience))), impressions))
    viewable = np.floor(impressions * np.clip(how.viewable + rng.normal(0, 0.02, size), 0.05, 1.0))
    metrics = dict.fromkeys(METRICS, np.full(size, np.nan))
    metrics |= {"impressions": impressions, "reach": reach}
    if not how.click_rate:
        return metrics
    clicks = rng.binomial(viewable.astype(int), how.click_rate * np.exp(rng.normal(0, 0.05, size)))
    rate = _orders_per_click(how, region, impressions / np.maximum(reach, 1)) * np.exp(0.15 * demand)
    orders = rng.binomial(clicks, np.minimum(rate, 0.9))
    metrics |= {"viewable_impressions": viewable, "clicks": clicks, "conversions": orders}
    metrics["click_to_order_days"] = _order_lag(region, rng, size)
    if how.daily:
        won = 1.3 - 2.6 * (region.competitive_density - 0.55) + rng.normal(0, 0.15, size)
        metrics["impression_share"] = (1 / (1 + np.exp(-won))).round(3)
    return metrics


def _orders_per_click(how: Delivery, region: RegionRecipe, frequency: np.ndarray) -> np.ndarray:
    """Claimed orders per click; fewer for long purchase cycles and high frequency."""
    cost_per_click = how.cpm / 1000 / (how.viewable * how.click_rate)
    claimed = how.claimed_return * cost_per_click / ORDER_VALUE
    worn_out = np.maximum(frequency / FREQUENCY, 1.0) ** 0.5
    return claimed * (11.0 / region.purchase_cycle_days) ** 0.4 / worn_out


def _order_lag(region: RegionRecipe, rng: np.random.Generator, size: int) -> np.ndarray:
    """Mean days from click to order in each period: about a quarter of the purchase cycle."""
    return (0.25 * region.purchase_cycle_days * np.exp(rng.normal(0, 0.12, size))).round(1)
