"""Whether a test is worth what was foretold: predicted against realised reduction of regret in many cheap worlds.

A world has one channel whose return is normal, a gain that is linear in it with a known cost of moving, three actions,
and one test with a normal error. The prediction is the report's: the expected value of sample information from draws.
Then truths and results are simulated, the analyst learns from each result by the closed form of the normal
distribution, and the gain of acting on it over acting without it is what was realised. Observational estimates of
these worlds are biased as well: once the analyst knows the sd of the bias, once the analyst leaves it out.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from benchmarks.figures import Figure, Measurement
from mmm_helpers.decisions.information import value_of_sample_information

WORLDS = 300
TRUTHS = 400
DRAWS = 1000
SEED = 1
ACTIONS = np.array([-0.2, 0.0, 0.2])
"""Change of spend, as a share."""
BREAK_EVEN = 1.0
FRICTION = 0.2
"""What a move costs, per squared share: with it, doing nothing can be best."""


def simulate_world(seed: int) -> dict[str, float]:
    """Predicted and realised gain of one world's test, with the standard error of the latter.

    Truth: return ~ Normal(prior_mean, posterior_sd² + bias_sd²); result = return × share + Normal(0, test_sd).
    """
    rng = np.random.default_rng([SEED, seed])
    world = {
        "prior_mean": rng.normal(BREAK_EVEN, 0.3),
        "posterior_sd": rng.uniform(0.1, 0.5),
        "bias_sd": rng.uniform(0.0, 0.6),
        "share": rng.uniform(0.1, 0.6),
        "test_sd": np.exp(rng.uniform(np.log(0.02), np.log(0.5))),
    }
    whole = float(np.hypot(world["posterior_sd"], world["bias_sd"]))
    truth = rng.normal(world["prior_mean"], whole, TRUTHS)
    result = truth * world["share"] + rng.normal(0, world["test_sd"], TRUTHS)
    for name, sd in (("stated", whole), ("left_out", world["posterior_sd"])):
        draws = rng.normal(world["prior_mean"], sd, DRAWS)
        predicted = value_of_sample_information(gains(draws), draws * world["share"], world["test_sd"])
        realised = gain_of_learning(world, sd, truth, result)
        world |= {f"predicted_{name}": predicted, f"realised_{name}": float(realised.mean())}
        world[f"se_{name}"] = float(realised.std(ddof=1) / np.sqrt(TRUTHS))
    return {"world": seed} | {name: float(value) for name, value in world.items()}


def gains(returns: np.ndarray) -> np.ndarray:
    """(n, actions) profit of each action for each return, in units of today's spend."""
    return (returns[:, None] - BREAK_EVEN) * ACTIONS - FRICTION * ACTIONS**2


def gain_of_learning(world: dict, sd: float, truth: np.ndarray, result: np.ndarray) -> np.ndarray:
    """(n,) true gain of the best action after each result over that of the best without: regret that is saved."""
    mean, share, noise = world["prior_mean"], world["share"], world["test_sd"]
    weight = sd**2 * share / (share**2 * sd**2 + noise**2)
    after = gains(mean + weight * (result - share * mean)).argmax(axis=1)
    before = int(gains(np.array([mean]))[0].argmax())
    real = gains(truth)
    return real[np.arange(len(truth)), after] - real[:, before]


@cache
def simulate(worlds: int = WORLDS) -> list[dict[str, float]]:
    """One row per world."""
    return [simulate_world(seed) for seed in range(worlds)]


def distance(rows: list[dict[str, float]], name: str = "stated") -> float:
    """Mean of realised less predicted over its standard error, worlds being independent."""
    miss = np.array([row[f"realised_{name}"] - row[f"predicted_{name}"] for row in rows])
    return float(miss.mean() / (miss.std(ddof=1) / np.sqrt(len(miss))))


def ratio(rows: list[dict[str, float]], name: str = "stated") -> float:
    """Realised over predicted, both summed over worlds."""
    return sum(r[f"realised_{name}"] for r in rows) / sum(r[f"predicted_{name}"] for r in rows)


def measure_calibration() -> Measurement:
    """How many standard errors realised and predicted value are apart, in absolute terms."""
    return Measurement(abs(distance(simulate())), simulate())


def measure_ratio() -> Measurement:
    """Realised over predicted value of an analyst who states the bias sd."""
    return Measurement(ratio(simulate()), simulate())


def measure_left_out() -> Measurement:
    """The same of an analyst who takes the posterior for the whole truth."""
    return Measurement(ratio(simulate(), "left_out"), simulate())


FIGURES = (
    Figure(
        "experiments.value_calibration", "standard errors, realised − predicted", 2.0, measure_calibration
    ),
    Figure("experiments.value_ratio", "realised / predicted", None, measure_ratio),
    Figure("experiments.value_ratio_bias_left_out", "realised / predicted", None, measure_left_out),
)
