"""What the simulated company is made of: its channels, markets and regions, before any random draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmm_helpers.simulation.transforms import delayed_weights, geometric_weights

MARKET_SD = 0.25
"""Sd of a market's log return at mean spend around the company's mean of the channel."""
REGION_SD = 0.20
"""Sd of a region's log return at mean spend around its market's."""
LAST_WEEK = {"monday": "2025-12-22", "sunday": "2025-12-21"}
DEMAND_NOISE = 0.5
"""Sd of the demand index's error, in sds of the latent demand that it measures."""


@dataclass(frozen=True)
class ChannelRecipe:
    """One channel: how it is bought and what it truly does.

    Attributes
    ----------
    share : part of the market's media budget; for an unpaid channel unused.
    mean_return : company mean (median) of the return at mean spend: money of outcome per money spent, for an
        unpaid channel money of outcome per unit of activity (times the market's `price_level`).
    alpha, theta : carry-over; `theta` None means geometric, else delayed with its peak at `theta` weeks.
    saturation : response at mean spend as a share of the maximum.
    slope : slope of the Hill curve.
    chase : change of log spend per sd of latent demand: spend follows demand.
    national_wave, regional_wave : sds of the log spend's own movements, unrelated to demand.
    flights : shortest and longest burst, shortest and longest gap (zero spend), in weeks; None: always on.
    pauses : number of pauses of two to four weeks per region and year.
    """

    code: str
    label: str
    share: float
    mean_return: float
    alpha: float
    saturation: float
    slope: float = 1.0
    theta: float | None = None
    chase: float = 0.0
    national_wave: float = 0.15
    regional_wave: float = 0.3
    flights: tuple[tuple[int, int], tuple[int, int]] | None = None
    pauses: float = 0.0
    paid: bool = True

    @property
    def weights(self) -> np.ndarray:
        """Carry-over weights, lag 0 first, sum 1."""
        if self.theta is None:
            return geometric_weights(self.alpha)
        return delayed_weights(self.alpha, self.theta)


@dataclass(frozen=True)
class RegionRecipe:
    """One region: its people and its competition."""

    name: str
    population: int
    income: float
    media_penetration: float
    city_tier: int
    competitive_density: float
    purchase_cycle_days: int


@dataclass(frozen=True)
class MarketRecipe:
    """One market: its money, its history and its noise.

    Attributes
    ----------
    outcome_per_head : expected revenue per head and week, in `currency`.
    price_level : units of `currency` for what costs 1 EUR; scales media costs and the value of a session.
    spend_ratio : media spend as a share of expected revenue.
    noise : sd of the regional weekly noise as a share of the region's revenue.
    holiday_effect : change of the baseline per public holiday on a weekday.
    absent, national, starts : channels never used, bought for the whole market, and first week of late ones
        (weeks after the start of the history).
    """

    code: str
    label: str
    currency: str
    week_start: str
    regions: tuple[RegionRecipe, ...]
    outcome_per_head: float
    price_level: float
    noise: float
    holidays: str
    holiday_effect: float
    weeks: int = 156
    spend_ratio: float = 0.115
    absent: tuple[str, ...] = ()
    national: tuple[str, ...] = ()
    starts: tuple[tuple[str, int], ...] = ()

    @property
    def decimals(self) -> int:
        """Decimals of the smallest coin."""
        return 0 if self.currency == "JPY" else 2


CHANNELS: dict[str, ChannelRecipe] = {
    c.code: c
    for c in (
        ChannelRecipe("tv", "TV", 0.29, 2.2, 0.50, 0.50, theta=0.7, chase=0.05, regional_wave=0.25,
                      flights=((3, 6), (2, 6))),
        ChannelRecipe("online_video", "Online video", 0.12, 3.2, 0.50, 0.40, slope=1.1, theta=1.0,
                      chase=0.05, regional_wave=0.40, pauses=1.5),
        ChannelRecipe("social", "Paid social", 0.14, 2.6, 0.40, 0.50, slope=1.1, chase=0.08,
                      regional_wave=0.40, pauses=1.5),
        ChannelRecipe("search_brand", "Brand search", 0.12, 0.1, 0.20, 0.50, chase=0.25,
                      regional_wave=0.40),
        ChannelRecipe("search_generic", "Generic search", 0.18, 2.6, 0.25, 0.55, chase=0.12,
                      regional_wave=0.40, pauses=0.5),
        ChannelRecipe("ooh", "Out-of-home", 0.06, 1.3, 0.60, 0.45, regional_wave=0.25,
                      flights=((3, 5), (4, 9))),
        ChannelRecipe("display", "Display", 0.07, 1.2, 0.30, 0.50, chase=0.10, regional_wave=0.40,
                      pauses=1.5),
        ChannelRecipe("email", "Email", 0.02, 4.0, 0.20, 0.42, chase=0.05, regional_wave=0.40),
        ChannelRecipe("organic", "Organic", 0.0, 0.7, 0.20, 0.40, chase=0.12, regional_wave=0.20,
                      paid=False),
    )
}  # fmt: skip
"""The company's channels. TV and online video carry over with a delayed peak: the default model has none."""

SESSIONS_PER_HEAD = 0.004
"""Organic sessions per head and week."""


def _regions(*rows: tuple) -> tuple[RegionRecipe, ...]:
    return tuple(RegionRecipe(*row) for row in rows)


MARKETS: dict[str, MarketRecipe] = {
    m.code: m
    for m in (
        MarketRecipe("US", "United States", "USD", "sunday", _regions(
            ("Northeast", 57_000_000, 47_500, 0.93, 1, 0.82, 9),
            ("Southeast", 88_000_000, 38_200, 0.86, 2, 0.48, 13),
            ("Midwest", 69_000_000, 40_100, 0.88, 2, 0.42, 12),
            ("Southwest", 43_000_000, 39_000, 0.84, 3, 0.35, 15),
            ("West", 78_000_000, 45_300, 0.92, 1, 0.74, 10)),
            0.22, 1.1, 0.030, "US", 0.008),
        MarketRecipe("DE", "Germany", "EUR", "monday", _regions(
            ("Nord", 17_600_000, 24_600, 0.91, 2, 0.52, 11),
            ("Ost", 16_100_000, 22_300, 0.86, 3, 0.38, 14),
            ("Süd", 24_600_000, 27_900, 0.92, 1, 0.70, 9),
            ("West", 25_400_000, 25_400, 0.92, 1, 0.77, 10)),
            0.19, 1.0, 0.032, "DE", -0.015),
        MarketRecipe("JP", "Japan", "JPY", "monday", _regions(
            ("Kanto", 43_500_000, 3_420_000, 0.95, 1, 0.86, 8),
            ("Kansai", 22_300_000, 2_980_000, 0.92, 1, 0.66, 10),
            ("Chubu", 20_800_000, 3_080_000, 0.90, 2, 0.47, 12),
            ("Kyushu", 14_100_000, 2_690_000, 0.85, 3, 0.33, 15)),
            22.0, 150.0, 0.032, "JP", 0.006, national=("tv",)),
        MarketRecipe("NO", "Norway", "NOK", "monday", _regions(
            ("East", 2_900_000, 305_000, 0.95, 1, 0.58, 9),
            ("West", 1_500_000, 296_000, 0.93, 2, 0.40, 12)),
            1.9, 11.5, 0.062, "NO", -0.012, absent=("ooh",)),
        MarketRecipe("PT", "Portugal", "EUR", "monday", _regions(
            ("Norte", 3_600_000, 13_900, 0.84, 2, 0.41, 14),
            ("Sul", 3_900_000, 16_200, 0.87, 1, 0.57, 11)),
            0.12, 0.8, 0.055, "PT", -0.010, weeks=40),
        MarketRecipe("IE", "Ireland", "EUR", "monday", _regions(
            ("all", 5_300_000, 27_300, 0.93, 1, 0.54, 10)),
            0.17, 1.1, 0.050, "IE", -0.008, starts=(("online_video", 88),)),
    )
}  # fmt: skip
"""The demo's markets: three rich ones, and three thin ones (noisy, short, one region with a late channel)."""


def custom_market(code: str, *, regions: int, weeks: int = 156, like: str = "DE") -> MarketRecipe:
    """A market of any number of regions, for scale tests and exercises.

    Parameters
    ----------
    code : code of the new market.
    regions : number of regions, named R01, R02, …; their attributes repeat those of `like`.
    weeks : length of the history.
    like : demo market whose money, noise and calendar are taken.

    Examples
    --------
    >>> [r.name for r in custom_market("XX", regions=2).regions]
    ['R01', 'R02']
    """
    source = MARKETS[like]
    rows = [replace(source.regions[i % len(source.regions)], name=f"R{i + 1:02d}") for i in range(regions)]
    return replace(source, code=code, label=code, regions=tuple(rows), weeks=weeks, national=(), starts=())
