"""What a channel truly does in one market: the response function behind every counterfactual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmm_helpers.simulation.randomness import stream
from mmm_helpers.simulation.recipe import MARKET_SD, REGION_SD, ChannelRecipe, MarketRecipe
from mmm_helpers.simulation.transforms import carry_over, hill, hill_kappa


@dataclass(frozen=True)
class ChannelTruth:
    """Response of one channel in one market; amounts are money (sessions for an unpaid channel) per week.

    Attributes
    ----------
    channel : the recipe.
    population : array (regions,).
    market_return : the market's return at mean spend, before regions differ.
    return_at_mean : array (regions,): outcome per unit spent if the mean were spent every week.
    mean_per_head : array (regions,): mean amount per head and week since the channel's start.
    kappa : amount per head with half the maximal response; one value for the market.
    beta : array (regions,): maximal response per head and week, in money.
    """

    channel: ChannelRecipe
    population: np.ndarray
    market_return: float
    return_at_mean: np.ndarray
    mean_per_head: np.ndarray
    kappa: float
    beta: np.ndarray

    def response(self, amount: np.ndarray) -> np.ndarray:
        """Contribution in money to each week of `amount` (weeks, regions); before it nothing was spent."""
        carried = carry_over(amount / self.population, self.channel.weights)
        return self.population * self.beta * hill(carried, self.kappa, self.channel.slope)


def draw_channel_truth(
    channel: ChannelRecipe, recipe: MarketRecipe, mean_amount: np.ndarray, *, seed: int
) -> ChannelTruth:
    """Draw a channel's returns: market around company, region around market, both log-normal.

    Parameters
    ----------
    channel, recipe : what to draw for.
    mean_amount : array (regions,): mean amount per week; the return at mean spend refers to it.
    seed : the company's seed.
    """
    rng = stream(seed, recipe.code, "returns", channel.code)
    people = np.array([r.population for r in recipe.regions], dtype=float)
    unit = 1.0 if channel.paid else recipe.price_level
    market_return = unit * channel.mean_return * np.exp(rng.normal(0, MARKET_SD))
    spread = rng.normal(0, REGION_SD, len(people)) if len(people) > 1 else np.zeros(1)
    returns = market_return * np.exp(spread)
    per_head = mean_amount / people
    kappa = float(hill_kappa(mean_amount.sum() / people.sum(), channel.saturation, channel.slope))
    beta = returns * per_head / hill(per_head, kappa, channel.slope)
    return ChannelTruth(channel, people, float(market_return), returns, per_head, kappa, beta)
