"""What a world is made of before any draw: its channels, and the settings in which worlds differ."""

from __future__ import annotations

from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True)
class Channel:
    """One channel of every world.

    Parameters
    ----------
    code, label, funnel : names, and its group as the portfolio file has it.
    budget : part of the media budget, before the draw.
    lag : range of the mean number of weeks between spend and effect, for kernels without a late peak.
    bursts : whether it is bought in flights with weeks of nothing between.
    """

    code: str
    label: str
    funnel: str
    budget: float
    lag: Range
    bursts: bool = False


CHANNELS = (
    Channel("tv", "TV", "upper", 0.35, (1.0, 2.2), bursts=True),
    Channel("video", "Online video", "upper", 0.20, (0.8, 1.8)),
    Channel("social", "Paid social", "middle", 0.20, (0.5, 1.3)),
    Channel("search", "Paid search", "lower", 0.25, (0.2, 0.7)),
)
CODES = tuple(channel.code for channel in CHANNELS)
KERNELS = ("geometric", "negative_binomial", "delayed", "two_speed", "weibull")
CURVES = ("hill", "exponential", "power", "log", "tanh", "gompertz")


@dataclass(frozen=True)
class WorldRecipe:
    """One world. Every range is of a uniform distribution drawn anew for each seed; defaults are the common world.

    Parameters
    ----------
    name, label, says : code, short name for charts, and what is hard about it in one sentence.
    weeks : of the recorded history. regions : of the first market.
    satellites : further markets of one region, 40 to 52 weeks and `satellite_noise`.
    kernels, reach : families of carry-over, and the longest in weeks.
    delay, slow_lag, slow_share : mean lag of late peaks, of the slow speed, and the slow part of the effect.
    curves : families of saturation. steep : ranges of threshold slope, Gompertz displacement and rate.
    exponent : of power curves.
    noise, noise_rho, tails : sd of a region's noise as a share of its outcome, its autocorrelation, degrees of
        freedom of its Student t steps and of the shock's. shock : sd of the week's shock that all regions share.
    season, holiday, modulation : size of the yearly cycle (log), of the peak before Christmas, and the power of
        the season that multiplies media effects.
    bend : curvature of the controls' effects relative to their slope.
    drift_sd, region_sd, market_sd : sd of a channel's log effect: over two years, between regions, between markets.
    demand : log outcome per sd of latent demand. chase : log spend per sd of latent demand, by channel.
    index_noise : error of the demand index in sds of latent demand.
    follows_demand : channels of which the portfolio file declares that they follow demand.
    hidden, pull : log outcome per sd of a driver that nobody observes; log spend per sd of it, by channel.
    flat : channels with next to no movement of spend. twins : channels that are bought together.
    staggered, national, outliers : late starts; media bought for the whole market; odd weeks and a level shift.
    null : whether one channel, drawn, has no effect. tested : channels whose return an experiment measured.
    """

    name: str
    label: str
    says: str
    weeks: int = 156
    regions: int = 3
    satellites: int = 0
    satellite_noise: Range = (0.055, 0.065)
    kernels: tuple[str, ...] = KERNELS
    reach: int = 13
    delay: Range = (1.0, 3.0)
    slow_lag: Range = (2.5, 5.0)
    slow_share: Range = (0.25, 0.45)
    curves: tuple[str, ...] = CURVES
    exponent: Range = (0.45, 0.85)
    steep: tuple[Range, Range, Range] = ((1.4, 2.0), (2.0, 3.5), (1.4, 2.4))
    noise: Range = (0.03, 0.04)
    noise_rho: Range = (0.1, 0.5)
    tails: float = 4.0
    shock: Range = (0.008, 0.014)
    season: Range = (0.05, 0.09)
    holiday: Range = (0.0, 0.12)
    modulation: Range = (0.4, 1.0)
    bend: float = 0.15
    drift_sd: float = 0.1
    region_sd: float = 0.2
    market_sd: Range = (0.0, 0.0)
    demand: Range = (0.03, 0.045)
    chase: dict[str, float] = field(default_factory=lambda: {"search": 0.08, "social": 0.04})
    index_noise: float = 0.5
    follows_demand: tuple[str, ...] = ()
    hidden: Range = (0.0, 0.0)
    pull: dict[str, float] = field(default_factory=dict)
    flat: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    staggered: bool = False
    national: bool = False
    outliers: bool = False
    null: bool = False
    tested: tuple[str, ...] = ()

    @property
    def confounded(self) -> frozenset[str]:
        """Channels whose spend follows what moves the outcome and is observed badly or not at all."""
        return frozenset(self.pull) | frozenset(self.follows_demand)
