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
    "auction_overlap",
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
ONLINE = 0.8
"""Part of those whom media reach at all that weekly channels can reach."""
TARGETED = {1: 0.04, 2: 0.07, 3: 0.12}
"""The same of a digital channel's day by city tier: the metropolitan regions aim at narrow groups, and tire them."""
WEEKDAY_WEIGHTS = np.array([1.05, 1.0, 1.0, 1.05, 1.1, 0.95, 0.85])
"""Spend by day of the week, Monday first."""


def delivery(world: MarketWorld, channel: str) -> pd.DataFrame:
    """What the channel's platform reports, one row per period and region with spend.

    Competition makes media dearer, lowers the impression share and raises the overlap; the more often the same
    people see an advertisement, the fewer of their clicks become orders; a longer purchase cycle lengthens the way
    from click to order and costs orders. Claimed conversions follow clicks and demand, not incrementality.

    Parameters
    ----------
    world : the market.
    channel : code of a paid channel.

    Returns
    -------
    DataFrame with `date` (days for digital channels, else week starts), `region`, `spend` and METRICS;
    a metric that the channel has not is missing throughout. Clicks ≤ viewable impressions ≤ impressions,
    reach ≤ impressions and ≤ population, conversions ≤ clicks. Daily spend adds up to the week's exactly. Outside
    the cells of an experiment the report is what it would have been without.
    """
    rng = stream(world.seed, world.recipe.code, "delivery", channel)
    parts = [_region_delivery(world, channel, r, rng) for r in range(len(world.regions))]
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


def _region_delivery(world: MarketWorld, channel: str, r: int, rng: np.random.Generator) -> pd.DataFrame:
    """One region as it was planned, and in an experiment's weeks as it was run."""
    whole, name = slice(0, len(world.dates)), world.regions[r]
    report = _deliver(world, channel, r, whole, world.plans[channel], rng=rng, audience=())
    for test in world.experiments:
        if test.recipe.channel == channel and test.recipe.changes_spend and r in test.regions:
            own = stream(world.seed, world.recipe.code, "delivery", test.recipe.name, name)
            run = world.amounts[channel]
            again = _deliver(world, channel, r, test.weeks, run, rng=own, audience=(test.recipe.name,))
            first, stop = world.dates[test.weeks][[0, -1]] + pd.to_timedelta([0, 7], unit="D")
            before, after = report[report["date"] < first], report[report["date"] >= stop]
            report = pd.concat([part for part in (before, again, after) if len(part)])
    return report


def _deliver(
    world: MarketWorld,
    channel: str,
    r: int,
    weeks: slice,
    amounts: np.ndarray,
    *,
    rng: np.random.Generator,
    audience: tuple[str, ...],
) -> pd.DataFrame:
    """The report of one region's weeks under `amounts`; `audience` names its stream beside the main one."""
    region, how = world.recipe.regions[r], DELIVERY[channel]
    dates, spend = world.dates[weeks], amounts[LEAD_IN:][weeks, r]
    week = np.arange(weeks.start, weeks.stop)
    if how.daily:
        dates, spend = daily_spend(spend, dates, world.recipe.decimals, rng)
        week = np.repeat(week, 7)
    on = spend > 0
    metrics = _metrics(how, world, region, spend[on], world.demand[week[on], r], rng)
    if how.daily:
        own = stream(world.seed, world.recipe.code, "audience", channel, region.name, *audience)
        metrics |= _audience_metrics(metrics, region, own)
    return pd.DataFrame({"date": dates[on], "region": region.name, "spend": spend[on], **metrics})


def _metrics(
    how: Delivery,
    world: MarketWorld,
    region: RegionRecipe,
    spend: np.ndarray,
    demand: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """METRICS for periods with spend, arrays (periods,), of a channel that reaches everybody."""
    size, price = len(spend), world.recipe.price_level
    dear = np.exp(0.5 * (region.competitive_density - 0.55) + rng.normal(0, 0.08, size))
    impressions = np.ceil(1000 * spend / (how.cpm * price * dear))
    reach = _reach(impressions, region, ONLINE)
    viewable = np.floor(impressions * np.clip(how.viewable + rng.normal(0, 0.02, size), 0.05, 1.0))
    metrics = dict.fromkeys(METRICS, np.full(size, np.nan))
    metrics |= {"impressions": impressions, "reach": reach}
    if not how.click_rate:
        return metrics
    clicks = rng.binomial(viewable.astype(int), how.click_rate * np.exp(rng.normal(0, 0.05, size)))
    rate = _orders_per_click(how, region) / _wear(impressions, reach) * np.exp(0.15 * demand)
    orders = rng.binomial(clicks, np.minimum(rate, 0.9))
    metrics |= {"viewable_impressions": viewable, "clicks": clicks, "conversions": orders}
    metrics["click_to_order_days"] = _order_lag(region, rng, size)
    if how.daily:
        won = 1.3 - 2.6 * (region.competitive_density - 0.55) + rng.normal(0, 0.15, size)
        metrics["impression_share"] = (1 / (1 + np.exp(-won))).round(3)
    return metrics


def _audience_metrics(
    metrics: dict[str, np.ndarray], region: RegionRecipe, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Metrics of a digital channel, which reaches the group that it is aimed at, and meets competitors there.

    They have a random stream of their own, so that no other metric depends on them.
    """
    impressions = metrics["impressions"]
    reach = _reach(impressions, region, TARGETED[region.city_tier])
    kept = np.minimum(_wear(impressions, metrics["reach"]) / _wear(impressions, reach), 1.0)
    met = -0.9 + 3.0 * (region.competitive_density - 0.55) + rng.normal(0, 0.15, len(impressions))
    return {
        "reach": reach,
        "conversions": rng.binomial(metrics["conversions"], kept),
        "auction_overlap": (1 / (1 + np.exp(-met))).round(3),
    }


def _reach(impressions: np.ndarray, region: RegionRecipe, share: float) -> np.ndarray:
    """People reached of an audience that holds `share` of those whom media reach at all."""
    audience = share * region.population * region.media_penetration
    reached = audience * (1 - np.exp(-impressions / (FREQUENCY * audience)))
    return np.floor(np.minimum(reached, impressions))


def _wear(impressions: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """How many times fewer clicks become orders among people who see an advertisement too often."""
    return np.maximum(impressions / np.maximum(reach, 1) / FREQUENCY, 1.0) ** 0.5


def _orders_per_click(how: Delivery, region: RegionRecipe) -> float:
    """Claimed orders per click; fewer for long purchase cycles."""
    cost_per_click = how.cpm / 1000 / (how.viewable * how.click_rate)
    claimed = how.claimed_return * cost_per_click / ORDER_VALUE
    return claimed * (11.0 / region.purchase_cycle_days) ** 0.4


def _order_lag(region: RegionRecipe, rng: np.random.Generator, size: int) -> np.ndarray:
    """Mean days from click to order in each period: about a quarter of the purchase cycle."""
    return (0.25 * region.purchase_cycle_days * np.exp(rng.normal(0, 0.12, size))).round(1)
