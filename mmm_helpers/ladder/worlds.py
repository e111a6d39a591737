"""The ladder: worlds from easy to hopeless, each of which makes one thing hard.

::

    mild       clean · staggered · heterogeneous · thin
    common     always_on · collinear · national · null_channel · varying_effects · short
    misfit     wrong_adstock · wrong_saturation · outliers
    confounded chases_demand · hidden_confounder · confounder_tested

The common world's carry-over and saturation are drawn from every family, its season multiplies, its shocks have
heavy tails and its effects wander; the mild world draws shorter kernels, concave curves, and less of the rest. No
world uses the template's own equations.
"""

from __future__ import annotations

from mmm_helpers.ladder.recipe import WorldRecipe

MILD = {
    "kernels": ("geometric", "negative_binomial"),
    "reach": 8,
    "curves": ("hill", "exponential", "power", "log", "tanh"),
    "noise_rho": (0.05, 0.3),
    "tails": 8.0,
    "shock": (0.006, 0.010),
    "season": (0.04, 0.07),
    "holiday": (0.0, 0.04),
    "modulation": (0.2, 0.6),
    "bend": 0.08,
    "drift_sd": 0.05,
    "chase": {"search": 0.04},
}
"""What is less wild in the worlds that the template should master."""

CONFOUNDER = {"hidden": (0.04, 0.05), "pull": {"video": 0.3, "search": 0.3}}

_ALL = (
    WorldRecipe(
        "clean",
        "Clean",
        "Nothing is hard: spend moves on its own, and effects are short and concave.",
        **MILD,
    ),
    WorldRecipe(
        "staggered",
        "Staggered starts",
        "Channels start at different times in different regions, and nothing else is hard.",
        **MILD,
        staggered=True,
    ),
    WorldRecipe(
        "heterogeneous",
        "Unlike regions",
        "The same channel works far better in one region than in another.",
        **(MILD | {"region_sd": 0.5}),
    ),
    WorldRecipe(
        "thin",
        "Thin markets",
        "Two of three markets have one region, less than a year of data and twice the noise.",
        **(MILD | {"satellites": 2, "market_sd": (0.1, 0.25)}),
    ),
    WorldRecipe(
        "short", "Short history", "There are only 60 weeks, so season and trend are hardly known.", weeks=60
    ),
    WorldRecipe(
        "always_on",
        "Always on",
        "Spend on two channels hardly ever changes, so the data say nothing about them.",
        flat=("video", "social"),
    ),
    WorldRecipe(
        "collinear",
        "Bought together",
        "Two channels are bought together, so only what they bring together shows.",
        twins=("video", "social"),
    ),
    WorldRecipe(
        "national",
        "National media",
        "All media are bought for the whole market, so regions cannot be compared.",
        national=True,
    ),
    WorldRecipe(
        "null_channel",
        "A channel without effect",
        "One channel does nothing at all; the others work.",
        null=True,
    ),
    WorldRecipe(
        "varying_effects",
        "Wandering effects",
        "What media bring changes by half or more within two years.",
        drift_sd=0.4,
    ),
    WorldRecipe(
        "wrong_adstock",
        "Other carry-over",
        "Effects peak late or fade at two speeds, over up to 13 weeks.",
        kernels=("delayed", "two_speed"),
        delay=(2.0, 5.0),
        slow_lag=(4.0, 9.0),
        slow_share=(0.4, 0.65),
    ),
    WorldRecipe(
        "wrong_saturation",
        "Other saturation",
        "Response never saturates, or nothing happens below a threshold of spend.",
        curves=("power", "threshold", "gompertz"),
        exponent=(0.3, 0.95),
        steep=((2.0, 3.5), (3.5, 6.0), (2.0, 3.2)),
    ),
    WorldRecipe(
        "outliers",
        "Outliers and shocks",
        "Single weeks are off by 15 to 40 %, shocks have heavy tails, and one region's level shifts.",
        outliers=True,
        tails=3.0,
    ),
    WorldRecipe(
        "chases_demand",
        "Spend chases demand",
        "Search and social are bought when people buy anyway, and the demand index hardly shows when that is.",
        chase={"search": 0.35, "social": 0.25},
        index_noise=1.2,
        follows_demand=("search", "social"),
    ),
    WorldRecipe(
        "hidden_confounder",
        "Hidden driver",
        "Something that nobody observes moves sales and the spend on two channels, and nobody says so.",
        **CONFOUNDER,
    ),
    WorldRecipe(
        "confounder_tested",
        "Hidden driver, tested",
        "The same hidden driver, but an experiment has measured the return of the two channels.",
        **CONFOUNDER,
        tested=tuple(CONFOUNDER["pull"]),
    ),
)

WORLDS: dict[str, WorldRecipe] = {recipe.name: recipe for recipe in _ALL}
"""All worlds by name, from easy to hard."""
