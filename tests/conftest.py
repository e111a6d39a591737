"""What tests of the model, its estimands and its decisions share: a small made-up market, and a fitted one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.model.design import Design, make_design
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.profiles import Profile
from mmm_helpers.simulation import Company, simulate_company
from mmm_helpers.simulation.observed import panel as simulated_panel

CHANNELS = ["tv", "search", "organic"]


def pytest_sessionstart() -> None:
    """Tests that read the demo's portfolio file need the journeys that it names; they are made, not shipped."""
    from mmm_helpers.layout import PROJECT_ROOT
    from mmm_helpers.simulation.generated import make_missing_of

    make_missing_of(PROJECT_ROOT / "data" / "demo" / "portfolio.yml")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log) -> object:
    """Tests of a package run in one process (`--dist loadscope`), since they share what is slow to make."""
    from xdist.scheduler import LoadScopeScheduling

    class LoadPackageScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "/".join(nodeid.split("/")[:2])

    return LoadPackageScheduling(config, log)


def _small_design(count: int = 2, periods: int = 60, /, **changes) -> Design:
    rng = np.random.default_rng(7)
    media = rng.uniform(0.1, 2.0, (periods, count, 3))
    unit = np.outer(np.arange(1, count + 1), [100.0, 50.0, 10.0])
    paid = np.array([True, True, False])
    design = Design(
        market="XX",
        dates=pd.date_range("2024-01-01", periods=periods, freq="7D"),
        regions=[f"R{i + 1}" for i in range(count)],
        channels=list(CHANNELS),
        paid=paid,
        control_names=["price", "holiday"],
        outcome=rng.normal(1000.0, 50.0, (periods, count)) * np.arange(1, count + 1),
        observed=np.arange(periods)[:, None] >= np.full(count, 4),
        spend=media * unit * paid,
        media=media,
        media_unit=unit,
        mean_media=media.mean(axis=0),
        prior_share=rng.uniform(0.03, 0.1, (count, 3)),
        effect_sd=np.full(3, 0.9),
        prior_sources=(),
        controls=rng.normal(size=(periods, count, 2)),
        outcome_scale=1000.0 * np.arange(1, count + 1),
        value=np.ones(count),
        adstock=("geometric",) * 3,
        saturation=("hill",) * 3,
        funnel=("upper", "lower", None),
        lags=np.full(3, 4),
        national=np.zeros(3, bool),
        predictor_names=[],
        predictors=np.zeros((count, 0)),
        periods_per_year=365.25 / 7,
    )
    return replace(design, **changes)


def _small_draws(design: Design, *, draws: int = 40, seed: int = 1) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    sizes = {
        "channel": len(design.channels),
        "region": len(design.regions),
        "control": len(design.control_names),
        "fourier_mode": 6,
        "date": len(design.dates),
    }
    normal = {
        "log_effect": (("region", "channel"), 0.0, 0.3),
        "fullness": (("channel",), -0.2, 0.5),
        "intercept": (("region",), 1.0, 0.02),
        "trend": (("region",), 0.02, 0.01),
        "season_effect": (("fourier_mode",), 0.0, 0.02),
        "control_effect": (("control",), 0.0, 0.02),
    }
    data = {
        name: (("sample", *dims), rng.normal(mean, sd, (draws, *(sizes[d] for d in dims))))
        for name, (dims, mean, sd) in normal.items()
    }
    data |= {
        "alpha": (("sample", "channel"), rng.beta(2, 3, (draws, sizes["channel"]))),
        "slope": (("sample", "channel"), rng.lognormal(0, 0.2, (draws, sizes["channel"]))),
        "sigma": (("sample", "region"), rng.uniform(0.03, 0.06, (draws, sizes["region"]))),
        "rho": (("sample",), rng.uniform(-0.2, 0.4, draws)),
        "shock_sd": (("sample",), rng.uniform(0.005, 0.015, draws)),
    }
    coords = {"channel": design.channels, "region": design.regions, "control": design.control_names}
    return xr.Dataset(data, coords=coords)


@pytest.fixture(scope="session")
def small_design() -> Callable[..., Design]:
    """Factory of a made-up market: `small_design(number_of_regions, periods, **changed_fields)`."""
    return _small_design


@pytest.fixture(scope="session")
def small_draws() -> Callable[..., xr.Dataset]:
    """Factory of made-up flattened draws for a design."""
    return _small_draws


def _landed_by_loop(
    design: Design, draws: xr.Dataset, channel: str, sample: int, *, media: np.ndarray | None = None
) -> np.ndarray:
    c, one = design.channels.index(channel), draws.isel(sample=sample)
    alpha, slope, fullness = (float(one[v].sel(channel=channel)) for v in ("alpha", "slope", "fullness"))
    path = design.media[:, :, c] if media is None else media
    weights = [alpha**lag for lag in range(design.l_max)]
    half = np.exp(-fullness / slope)
    landed = np.zeros(path.shape)
    for r, region in enumerate(design.regions):
        effect = np.exp(float(one["log_effect"].sel(channel=channel, region=region)))
        at_mean = design.mean_media[r, c] ** slope / (design.mean_media[r, c] ** slope + half**slope)
        size = effect * design.prior_share[r, c] * design.outcome_scale[r] / at_mean
        for t in range(len(path)):
            carried = sum(w * path[t - lag, r] for lag, w in enumerate(weights) if t >= lag) / sum(weights)
            landed[t, r] = size * carried**slope / (carried**slope + half**slope)
    return landed


@pytest.fixture(scope="session")
def landed_by_loop() -> Callable[..., np.ndarray]:
    """One draw's contribution (t, r), written out as the text of the method describes it.

    `landed_by_loop(design, draws, channel, sample, media=None)`; `media` (t, r) is a counterfactual path.
    """
    return _landed_by_loop


@dataclass(frozen=True)
class FittedMarket:
    """The simulated Germany, fitted once for all tests that need a real posterior."""

    company: Company
    settings: dict
    panel: pd.DataFrame
    design: Design
    own: xr.Dataset
    draws: xr.Dataset


PREVIEW = Profile("test", chains=2, tune=250, draws=200, target_accept=0.8, folds=0, decision_grade=False)


@pytest.fixture(scope="session")
def fitted() -> FittedMarket:
    """About 40 s on one core, most of it compilation."""
    from mmm_helpers.model.run import sample_market

    company = simulate_company(seed=7, markets=["DE"], experiments={})
    settings, status = specification(company, "DE")
    panel = simulated_panel(company, "DE")
    design = make_design(panel, status, settings)
    sampled = sample_market(design, PREVIEW).draws
    own = with_cell_effects(sampled, design.regions)
    return FittedMarket(company, settings, panel, design, own, flatten(own))


def specification(company: Company, market: str) -> tuple[dict, pd.DataFrame]:
    """What the gate would write for a simulated market: the keys that the model reads, and channel status."""
    world = company.markets[market]
    settings = {
        "market": market,
        "frequency": "weekly",
        "l_max": 8,
        "outcome": {"kind": "revenue"},
        "channels": {code: {"paid": t.channel.paid} for code, t in world.truth.items()},
        "regions": {r.name: {"population": r.population} for r in world.recipe.regions},
        "model": {"pooling": {"regions": "partial", "markets": "partial"}},
        "budget_rate": 1.0,
        "margin": 0.4,
    }
    starts = {code: company.spend(market, code).gt(0).idxmax() for code in world.truth}
    rows = [
        (market, region, code, "active", str(first[region].date()))
        for code, first in starts.items()
        for region in world.regions
    ]
    return settings, pd.DataFrame(rows, columns=["market", "region", "channel", "status", "first_date"])


BENCH_SETTINGS = {
    "market": "XX",
    "frequency": "weekly",
    "l_max": 4,
    "outcome": {"kind": "revenue"},
    "budget_rate": 1.0,
    "margin": 0.4,
    "channels": {"tv": {}, "search": {"l_max": 2}, "organic": {"paid": False}},
    "controls": {"price": {"known_ahead": False}, "holiday": {}},
    "model": {"pooling": {"regions": "partial", "markets": "none"}},
}


@pytest.fixture(scope="session")
def bench():
    """A made-up market on the bench, compiled once (about half a minute): TV and price work, the rest does not."""
    from mmm_helpers.model.bench import Bench

    base = _small_design(2, 90)
    noise = np.random.default_rng(3).normal(0, 0.03, base.outcome.shape)
    tv = base.media[:, :, 0] / (1 + base.media[:, :, 0])
    scaled = 0.8 + 0.4 * tv + 0.05 * base.controls[:, :, 0] + noise
    design = replace(base, outcome=scaled * base.outcome_scale, prior_share=np.full((2, 3), 0.1))
    return Bench(BENCH_SETTINGS, lambda settings: design, seed=1)
