"""How often geo-test methods are wrong where nothing happened, how often their ranges hold a known effect, and speed.

Panels are drawn with what makes geo tests hard: a common season that regions follow more or less, seasons and lines of
their own, shocks, and noise that remembers. A method whose false alarms or coverage lie outside the 95 % binomial band
of the nominal is marked on the pages; so is every method on a short history (`experiments.methods.caution`).
"""

from __future__ import annotations

import os
import time
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from benchmarks.figures import Figure, Measurement
from mmm_helpers.experiments.geo import GeoTest
from mmm_helpers.experiments.methods import METHODS, PRIMARY
from mmm_helpers.experiments.selection import Search, search_markets

PANELS = 400
EFFECT = 3.0
"""Effect per period of the simulated lifts; regions have a level of 100."""
NOMINAL = 0.10


def draw_test(seed: int, effect: float) -> GeoTest:
    """One weekly panel and its test: 3 to 6 regions, 60 to 150 weeks, 6 weeks of test and 7 of cool-down."""
    rng = np.random.default_rng(seed)
    regions, weeks = int(rng.integers(3, 7)), int(rng.integers(60, 151))
    steps = np.arange(weeks)
    season = rng.uniform(4, 10) * np.sin(2 * np.pi * steps / 52 + rng.uniform(0, 6))
    own = rng.uniform(0, 3, regions) * np.sin(2 * np.pi * steps[:, None] / 52 + rng.uniform(0, 6, regions))
    line = rng.normal(0, 2, regions) * (steps[:, None] - weeks / 2) / 52
    memory, noise = rng.uniform(0, 0.6), rng.normal(0, rng.uniform(2, 5), (weeks, regions))
    for t in range(1, weeks):
        noise[t] = memory * noise[t - 1] + np.sqrt(1 - memory**2) * noise[t]
    outcome = 100 + season[:, None] * rng.uniform(0.7, 1.3, regions) + own + line + noise
    outcome += rng.normal(0, 1, (weeks, 1))
    first = weeks - 13
    outcome[first:, 0] += effect
    dates = pd.date_range("2022-01-03", periods=weeks, freq="7D")
    frame = pd.DataFrame(outcome, dates, [f"R{i}" for i in range(regions)])
    return GeoTest(f"panel {seed}", frame, ("R0",), dates[first], dates[first + 5], 7)


@cache
def run_method(name: str) -> list[dict]:
    """One row a panel: what the method says without an effect, and with one."""
    rows = []
    for seed in range(PANELS):
        row = {"method": name, "seed": seed, "effect": EFFECT}
        for kind, effect in (("none", 0.0), ("lift", EFFECT)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a fit that does not settle is one of the cases
                found = METHODS[name](draw_test(seed, effect), rng=np.random.default_rng(seed))
            row |= {f"{kind}_{k}": getattr(found, k) for k in ("effect", "low", "high", "p_value")}
        rows.append(row)
    return rows


def false_positives(name: str) -> Measurement:
    """Share of panels without an effect in which one is found at 10 %."""
    rows = run_method(name)
    return Measurement(float(np.mean([r["none_p_value"] < NOMINAL for r in rows])), rows)


def coverage(name: str) -> Measurement:
    """Share of simulated lifts inside the 90 % range."""
    rows = run_method(name)
    return Measurement(float(np.mean([r["lift_low"] <= EFFECT <= r["lift_high"] for r in rows])), rows)


def band() -> tuple[float, float]:
    """95 % binomial band of the nominal false-positive rate.

    Examples
    --------
    >>> [float(edge) for edge in band()]
    [0.0725, 0.13]
    """
    low, high = binom.ppf([0.025, 0.975], PANELS, NOMINAL)
    return low / PANELS, high / PANELS


def search_seconds() -> Measurement:
    """A market search over about 130 sets, 2 lengths and 5 effects, each with its p-value."""
    outcome = public_panel()
    search = Search(sizes=(2, 3, 4, 5), durations=(10, 15), cost_per_unit=7.5)
    started = time.perf_counter()
    found = search_markets(outcome, search)
    seconds = time.perf_counter() - started
    return Measurement(seconds, found.assign(seconds=seconds).to_dict("records"))


def public_panel() -> pd.DataFrame:
    """The public panel of 40 regions and 90 days, or a simulated one of its size."""
    folder = os.environ.get("MMM_PUBLIC_DATA")
    if folder:
        data = pd.read_csv(Path(folder) / "geolift_pretest" / "geolift_pretest.csv", parse_dates=["date"])
        return data.pivot(index="date", columns="location", values="Y")
    rng = np.random.default_rng(1)
    waves = rng.normal(0, 1, (90, 5)).cumsum(axis=0) @ rng.normal(0, 1, (5, 40))
    size = rng.lognormal(8, 0.6, 40)
    values = size * (1 + 0.02 * waves + rng.normal(0, 0.03, (90, 40)))
    return pd.DataFrame(values, pd.date_range("2024-01-01", periods=90), [f"M{i:02d}" for i in range(40)])


LOW, HIGH = band()
FIGURES = (
    Figure("experiments.search_seconds", "s", 2.0, search_seconds),
    Figure("experiments.aa_false_positive", "share of panels", HIGH, partial(false_positives, PRIMARY)),
    Figure(
        "experiments.lift_coverage_90", "share of lifts", 1 - HIGH, partial(coverage, PRIMARY), at_most=False
    ),
    *(
        Figure(f"experiments.{what}.{name}", unit, None, partial(run, name))
        for name in METHODS
        for what, unit, run in (
            ("aa", "share of panels", false_positives),
            ("coverage", "share of lifts", coverage),
        )
    ),
)
