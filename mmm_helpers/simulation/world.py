"""A simulated company with known truth: the world that the demo's raw files are exported from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.simulation.baseline import level, simulate_baseline
from mmm_helpers.simulation.experiments import (
    EXPERIMENTS,
    Experiment,
    ExperimentRecipe,
    draw_experiments,
    run_experiments,
)
from mmm_helpers.simulation.media import plan_media
from mmm_helpers.simulation.media_truth import ChannelTruth, draw_channel_truth
from mmm_helpers.simulation.randomness import ar1, shared_and_own, stream
from mmm_helpers.simulation.recipe import CHANNELS, LAST_WEEK, MARKETS, MarketRecipe
from mmm_helpers.simulation.transforms import L_MAX

LEAD_IN = L_MAX
"""Weeks simulated before the recorded history, so that its first weeks carry earlier spend, as in life."""
SHOCK_SD = 0.010
"""Sd of the weekly shock that all regions of a market share, as a share of expected outcome."""
NOISE_RHO = 0.1
"""Lag-1 autocorrelation of the regional noise."""
MIN_WEEKS = 26
DEMO_SEED = 7
"""Seed of the shipped demo, chosen among forty for plausible returns; `data/demo/README.md` says how."""


@dataclass(frozen=True)
class MarketWorld:
    """One market's history and truth; arrays are (weeks, regions), money in the market's currency.

    Attributes
    ----------
    recipe : the market's recipe.
    seed : the company's seed.
    dates : starts of the recorded weeks.
    amounts : spend (sessions for organic) by channel, `LEAD_IN` weeks before the history included.
    plans : the same had there been no experiments.
    experiments : those that were run.
    truth : response function by channel.
    components : additive parts of the outcome without media, shock and noise.
    controls : what an analyst observes, by name.
    demand : latent demand, sd 1; unobservable.
    shock, noise : the week's shock shared by all regions, and the regional rest (rounding included).
    outcome : recorded revenue.
    """

    recipe: MarketRecipe
    seed: int
    dates: pd.DatetimeIndex
    amounts: dict[str, np.ndarray]
    plans: dict[str, np.ndarray]
    experiments: tuple[Experiment, ...]
    truth: dict[str, ChannelTruth]
    components: dict[str, np.ndarray]
    controls: dict[str, np.ndarray]
    demand: np.ndarray
    shock: np.ndarray
    noise: np.ndarray
    outcome: np.ndarray

    @property
    def regions(self) -> list[str]:
        """Names of the regions, in the order of the columns."""
        return [r.name for r in self.recipe.regions]

    def frame(self, values: np.ndarray) -> pd.DataFrame:
        """`values` (weeks, regions) with dates and region names."""
        return pd.DataFrame(
            values,
            index=pd.DatetimeIndex(self.dates, name="date"),
            columns=pd.Index(self.regions, name="region"),
        )


@dataclass(frozen=True)
class Company:
    """The simulated company: everything observed, everything true, and any counterfactual.

    Attributes
    ----------
    seed : the seed that it was made from.
    markets : worlds by market code.
    """

    seed: int
    markets: dict[str, MarketWorld]

    def spend(self, market: str, channel: str) -> pd.DataFrame:
        """Amounts (weeks × regions) of the recorded history: money, for organic sessions."""
        world = self.markets[market]
        return world.frame(world.amounts[channel][LEAD_IN:])

    def contribution(self, market: str, channel: str, spend: pd.DataFrame | None = None) -> pd.DataFrame:
        """Contribution in money that lands in each week and region.

        Parameters
        ----------
        market, channel : codes.
        spend : counterfactual amounts; weeks from the history's first on (later ones may be added),
            regions as columns. None is the observed path. What was spent before the history stays.

        Returns
        -------
        DataFrame of the shape of `spend`.

        Examples
        --------
        >>> company = simulate_company(seed=1, markets=["DE"])
        >>> nothing = company.spend("DE", "tv") * 0
        >>> bool(company.contribution("DE", "tv", nothing).iloc[L_MAX:].eq(0).all(axis=None))
        True
        """
        world = self.markets[market]
        path = self.spend(market, channel) if spend is None else spend
        amount = np.vstack([world.amounts[channel][:LEAD_IN], path[world.regions].to_numpy(dtype=float)])
        landed = world.truth[channel].response(amount)[LEAD_IN:]
        return pd.DataFrame(landed, index=path.index, columns=world.regions).rename_axis(columns="region")

    def outcome(self, market: str, spend: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
        """Revenue (weeks × regions) as recorded, or as it would have been under other spend.

        Demand, shocks and noise stay what they were, so that the difference of two calls is the causal
        effect alone: what a geo experiment would measure without error.

        Parameters
        ----------
        market : code.
        spend : channels with a counterfactual path (weeks × regions of the history).
        """
        world = self.markets[market]
        outcome = world.frame(world.outcome.copy())
        for channel, path in (spend or {}).items():
            outcome += self.contribution(market, channel, path) - self.contribution(market, channel)
        return outcome

    def baseline(self, market: str) -> pd.DataFrame:
        """Revenue (weeks × regions) without any media, shock and noise included."""
        world = self.markets[market]
        return world.frame(sum(world.components.values()) + world.shock + world.noise)


def simulate_company(
    seed: int = DEMO_SEED,
    *,
    markets: Sequence[str | MarketRecipe] = tuple(MARKETS),
    weeks: int | None = None,
    chase: float = 1.0,
    experiments: Mapping[str, Sequence[ExperimentRecipe]] = EXPERIMENTS,
) -> Company:
    """Simulate a company that sells in several markets and advertises in nine channels.

    The truth, per market m, region r and week t, in the market's currency:

    ``outcome = base · (1 + trend + seasonality + holidays + Σ effect_k · control_k + 0.04 · demand)
    + Σ_c contribution_c + shock_mt + noise_rt``

    * ``base`` = 0.72 × people × outcome per head × relative income^0.6. Effects, as shares of the base:
      price index −1 % per point, competitor activity −2 % per sd, promotion +12 % at full depth, launch
      +5 %, economic index +0.4 % per point, consumer sentiment +0.2 % per point, latent demand +4 % per sd.
    * ``demand`` has sd 1 and lag-1 autocorrelation 0.75; half of its variance is common to a market.
      Observed is only ``demand_index = 100 + 10 · (demand + 0.5 · noise)``.
    * ``contribution_c = people · beta_rc · hill(carry_over(spend per head), kappa_mc, slope_c)`` with
      normalised carry-over over 8 weeks: geometric, but **delayed** (peak in the week after
      the spend) for TV and online video. ``kappa_mc`` puts the market's mean spend at 40–55 % of the maximum.
    * The return at mean spend is log-normal: sd 0.25 between markets around the company's mean, sd 0.20
      between regions around their market. Company means: TV 2.2, online video 3.2, social 2.6, brand
      search 0.1, generic search 2.6, out-of-home 1.3, display 1.2, email 4.0.
    * ``shock`` (sd 1 %) is shared by a market's regions; ``noise`` (3–4 % in rich markets, 5–6 % in thin
      ones, lag-1 autocorrelation 0.1) is each region's own. Rounding to the coin is part of the noise.
    * Experiments change spend in their regions and weeks, and nothing else; the responses' scale is that of the plans.
    * Spend follows the season and **chases latent demand**: log spend rises per sd of demand by 0.25 for
      brand search, 0.12 generic search, 0.10 display, 0.08 social, 0.05 TV, online video and email.

    The bias to expect: without the demand index, search looks several times better than it is, brand
    search most. With the index (it explains 80 % of demand) brand search still looks like 0.5 to 2
    instead of 0.1, generic search up to a fifth too good. The default model (geometric carry-over)
    places the peak of TV and online video a week early and makes up for it by a tail that is too long:
    TV's total return comes out about a tenth to a third too high.

    Parameters
    ----------
    seed : any whole number; the same seed gives the same company, market by market.
    markets : codes of `recipe.MARKETS`, or recipes of your own.
    weeks : length of all histories, ending in the same week; None takes each recipe's own.
    chase : multiplies how strongly spend follows demand; 0 makes the naive regression unbiased by it.
    experiments : tests by market code; `{}` is a company that never tests.

    Returns
    -------
    Company

    Raises
    ------
    ValueError
        If a market is unknown or a history shorter than 26 weeks.

    Examples
    --------
    >>> company = simulate_company(seed=1, markets=["NO"])
    >>> company.outcome("NO").shape
    (156, 2)
    """
    recipes = [_recipe(m) for m in markets]
    worlds = {
        r.code: _simulate_market(
            r, experiments.get(r.code, ()), seed=seed, weeks=weeks or r.weeks, chase=chase
        )
        for r in recipes
    }
    return Company(seed, worlds)


def _recipe(market: str | MarketRecipe) -> MarketRecipe:
    if isinstance(market, MarketRecipe):
        return market
    if market not in MARKETS:
        known = ", ".join(MARKETS)
        raise ValueError(f"'markets' must hold codes among {known}, or MarketRecipe objects. Got {market!r}.")
    return MARKETS[market]


def week_starts(recipe: MarketRecipe, weeks: int) -> pd.DatetimeIndex:
    """Starts of the last `weeks` weeks up to the demo's last one, on the market's week day."""
    return pd.date_range(end=LAST_WEEK[recipe.week_start], periods=weeks, freq="7D")


def _noise(recipe: MarketRecipe, weeks: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shared shock and regional noise in money; smaller regions are noisier."""
    rng = stream(seed, recipe.code, "noise")
    expected = level(recipe)
    size = (expected / expected.mean()) ** -0.2
    shock = SHOCK_SD * ar1(rng, (weeks, 1), 0.0) * expected
    own = shared_and_own(rng, weeks, len(expected), NOISE_RHO, 0.0)
    return shock, recipe.noise * size * expected * own


def _simulate_market(
    recipe: MarketRecipe, tests: Sequence[ExperimentRecipe], *, seed: int, weeks: int, chase: float
) -> MarketWorld:
    """Draw one market: life without media, plans, tests, responses, noise; then keep the recorded weeks."""
    if weeks < MIN_WEEKS:
        raise ValueError(f"'weeks' must be at least {MIN_WEEKS}. Got {weeks}.")
    dates = week_starts(recipe, weeks + LEAD_IN)
    life = simulate_baseline(recipe, dates, seed=seed)
    plans = plan_media(recipe, life, seed=seed, lead_in=LEAD_IN, chase=chase)
    run = draw_experiments(recipe, weeks, tests, seed=seed)
    amounts = run_experiments(plans, run, lead_in=LEAD_IN, decimals=recipe.decimals)
    truth = {c: _channel_truth(c, recipe, plan, seed=seed) for c, plan in plans.items()}
    components = {name: values[LEAD_IN:] for name, values in life.components.items()}
    media = sum(truth[c].response(amount)[LEAD_IN:] for c, amount in amounts.items())
    shock, noise = _noise(recipe, weeks, seed=seed)
    expected = sum(components.values()) + media
    outcome = (expected + shock + noise).round(recipe.decimals)
    return MarketWorld(
        recipe=recipe,
        seed=seed,
        dates=dates[LEAD_IN:],
        amounts=amounts,
        plans=plans,
        experiments=run,
        truth=truth,
        components=components,
        controls={name: values[LEAD_IN:] for name, values in life.controls.items()},
        demand=life.demand[LEAD_IN:],
        shock=shock,
        noise=outcome - expected - shock,
        outcome=outcome,
    )


def _channel_truth(code: str, recipe: MarketRecipe, amount: np.ndarray, *, seed: int) -> ChannelTruth:
    """Truth of one channel, its mean taken over the recorded weeks since its start."""
    start = LEAD_IN + dict(recipe.starts).get(code, 0)
    return draw_channel_truth(CHANNELS[code], recipe, amount[start:].mean(axis=0), seed=seed)
