"""A simulated company with known truth, and its raw exports as an analyst would receive them."""

from mmm_helpers.simulation.recipe import MARKETS, MarketRecipe, RegionRecipe, custom_market
from mmm_helpers.simulation.world import Company, MarketWorld, simulate_company

__all__ = [
    "MARKETS",
    "Company",
    "MarketRecipe",
    "MarketWorld",
    "RegionRecipe",
    "custom_market",
    "simulate_company",
]
