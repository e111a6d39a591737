"""The data that all peers get: simulated by the plain hierarchy's own equations, so that it is not misspecified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.peers.exchange import CONTROL, L_MAX, Effort, Problem

WEEKS = 156
SIZES = {"3x5": (3, 5), "10x6": (10, 6), "40x6": (40, 6)}
"""Regions and channels of the worlds."""


@dataclass(frozen=True)
class World:
    """A simulated panel and its truth.

    Parameters
    ----------
    panel : see `exchange.Problem`. truth : (region, channel) contribution over all weeks, in the outcome's unit.
    """

    panel: pd.DataFrame
    truth: pd.DataFrame

    def problem(self, effort: Effort) -> Problem:
        """What a peer is asked about it."""
        return Problem(self.panel, list(self.truth.index), list(self.truth.columns), effort)


def simulate_world(regions: int, channels: int, *, seed: int, weeks: int = WEEKS) -> World:
    """A market of regions of different size.

    Truth, in shares of a region's size: geometric carry-over, normalised over 8 weeks, of spend relative to the
    region's largest week; logistic saturation; per region and channel a retention, steepness and ceiling around the
    channel's own (sd 0.3 on the logit scale, 0.2 and 0.25 on the log scale); a level of 0.5, two harmonics of a
    yearly cycle per region, a price with one effect, a straight trend, and independent noise of 0.04. Media bring
    a fifth to a third of the outcome, at a return of 0.5 to 4 per channel.
    """
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2022-01-03", periods=weeks, freq="7D")
    size = rng.lognormal(0.0, 0.6, regions) * 1e6
    spend = simulate_spend(rng, (weeks, regions, channels))
    share = simulate_media(rng, spend)
    price = rng.normal(size=(weeks, regions))
    outcome = size * (share.sum(axis=2) + simulate_baseline(rng, dates, price))
    total = share.sum(axis=0) * size[:, None]
    cost = total.sum(axis=0) / rng.lognormal(0.4, 0.5, channels) / (spend * size[:, None]).sum(axis=(0, 1))
    names = [f"R{r + 1:02d}" for r in range(regions)], [f"channel_{c + 1}" for c in range(channels)]
    columns = {CONTROL: price, "outcome": outcome, "population": np.broadcast_to(size / 10, price.shape)}
    columns |= {name: spend[:, :, c] * size * cost[c] for c, name in enumerate(names[1])}
    return World(_long(dates, names[0], columns), pd.DataFrame(total, names[0], names[1]))


def simulate_spend(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """(t, r, c) spend relative to each region's largest week: bursts with memory, and one week in eight dark."""
    wave = np.zeros(shape)
    for t, shock in enumerate(rng.normal(size=shape)):
        wave[t] = 0.6 * wave[t - 1] + 0.6 * shock if t else shock
    spend = np.exp(wave) * (rng.random(shape) > 1 / 8)
    return spend / spend.max(axis=0)


def simulate_media(rng: np.random.Generator, spend: np.ndarray) -> np.ndarray:
    """(t, r, c) what media bring, in shares of the region's size, for relative spend (t, r, c)."""
    cells, channels = spend.shape[1:], spend.shape[2]
    logit = rng.normal(-0.3, 0.7, channels) + 0.3 * rng.normal(size=cells)
    steep = np.exp(rng.normal(0.9, 0.35, channels) + 0.2 * rng.normal(size=cells))
    ceiling = np.exp(rng.normal(np.log(0.9 / channels), 0.35, channels) + 0.25 * rng.normal(size=cells))
    carried = steep * carry(spend, 1 / (1 + np.exp(-logit)))
    return ceiling * (1 - np.exp(-carried)) / (1 + np.exp(-carried))


def carry(spend: np.ndarray, retention: np.ndarray) -> np.ndarray:
    """Geometric carry-over over `L_MAX` weeks whose weights add up to 1; nothing was spent before the first week.

    Examples
    --------
    >>> carry(np.array([1.0, 0.0, 0.0])[:, None, None], np.array([[0.5]])).ravel().round(3).tolist()
    [0.502, 0.251, 0.125]
    """
    carried = np.zeros_like(spend)
    for lag in range(min(L_MAX, len(spend))):
        carried[lag:] += retention**lag * spend[: len(spend) - lag]
    return carried / sum(retention**lag for lag in range(L_MAX))


def simulate_baseline(rng: np.random.Generator, dates: pd.DatetimeIndex, price: np.ndarray) -> np.ndarray:
    """(t, r) everything that is not media, in shares of the region's size."""
    weeks, regions = price.shape
    angle = 2 * np.pi * dates.day_of_year.to_numpy()[:, None] / 365.25 * np.arange(1, 3)
    season = np.concatenate([np.sin(angle), np.cos(angle)], axis=1) @ rng.normal(0, 0.03, (4, regions))
    level = rng.normal(0.5, 0.05, regions) + 0.05 * np.linspace(0, 1, weeks)[:, None]
    return level + season - 0.02 * price + 0.04 * rng.normal(size=price.shape)


def _long(dates: pd.DatetimeIndex, regions: list[str], columns: dict[str, np.ndarray]) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([dates, regions], names=["date", "region"])
    return pd.DataFrame({name: grid.ravel() for name, grid in columns.items()}, index=keys).reset_index()
