"""One world: its data as an analyst gets them, its portfolio file, and the truth about its media."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from mmm_helpers.ladder.experiments import simulate_tests
from mmm_helpers.ladder.life import Life, draw_life
from mmm_helpers.ladder.media import Response, draw_response, null_channel
from mmm_helpers.ladder.portfolio import describe_portfolio
from mmm_helpers.ladder.recipe import CODES, WorldRecipe
from mmm_helpers.ladder.spend import plan_spend
from mmm_helpers.ladder.waves import TAIL
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.simulation.randomness import stream

MEDIA_SHARE = (0.12, 0.30)
"""Range of the part of the expected outcome that paid media bring, over the recorded weeks."""
SPEND_RATIO = (0.06, 0.12)
"""Range of media spend relative to the expected outcome."""
STEP = 0.01
"""Relative change of spend that defines a marginal return."""


@dataclass(frozen=True)
class MarketWorld:
    """One market: everything about it, observed or not; arrays begin with the lead-in and end with the tail.

    Parameters
    ----------
    spend : (steps, regions, channels) in EUR.
    response : what any spend brings.
    """

    code: str
    life: Life
    spend: np.ndarray
    response: Response

    @property
    def expected(self) -> np.ndarray:
        """(steps, regions) expected outcome in EUR."""
        return self.life.baseline + self.brought(self.spend).sum(axis=-1)

    def brought(self, spend: np.ndarray) -> np.ndarray:
        """(steps, regions, channels) expected contributions under any spend of that shape."""
        each = [self.response.contribution(spend[:, :, c], c) for c in range(spend.shape[-1])]
        return np.stack(each, axis=-1)

    def change(self, weeks: slice, factor: float) -> np.ndarray:
        """(regions, channels) outcome with a channel's spend in some weeks times `factor`, minus as it was.

        Summed over these weeks and the `TAIL` after them; other channels' spend does not matter, as they add up.
        """
        changed = self.spend.copy()
        changed[weeks] *= factor
        reach = slice(weeks.start, weeks.stop + TAIL)
        return (self.brought(changed) - self.brought(self.spend))[reach].sum(axis=0)

    @property
    def landed(self) -> np.ndarray:
        """(weeks, regions, channels) what recorded spend brings; what came before stays."""
        weeks, without = self.life.calendar.recorded, self.spend.copy()
        without[weeks] = 0.0
        return (self.brought(self.spend) - self.brought(without))[weeks]


@dataclass(frozen=True)
class SimulatedWorld:
    """A world at one seed.

    Parameters
    ----------
    world, seed : name and seed.
    panel : date, market, region, outcome, spend_<channel>, price, demand_index; one row a week and region.
    regions : market, region, population.
    portfolio : the portfolio file as data; never has a `model` section.
    tests : the file of lift tests; no rows where nothing is tested.
    truth : a row per market, region (`all` where media are bought for the market) and channel with spend, about the
        last 52 weeks: spend, incremental, roas, mroas, landed, outcome (all expected, in EUR), null, confounded.
    landed : market → (weeks, regions sorted, channels as in the portfolio) expected landed contribution.
    markets : market → everything, unobserved parts included.
    """

    world: str
    seed: int
    panel: pd.DataFrame
    regions: pd.DataFrame
    portfolio: dict
    tests: pd.DataFrame
    truth: pd.DataFrame
    landed: dict[str, np.ndarray]
    markets: dict[str, MarketWorld]


def simulate_world(name: str, seed: int) -> SimulatedWorld:
    """Draw a world.

    Parameters
    ----------
    name : one of `WORLDS`.
    seed : any integer. Worlds of one seed share their draws wherever their recipes do.

    Raises
    ------
    ValueError : no world has this name.

    Examples
    --------
    >>> world = simulate_world("clean", 1)
    >>> len(world.panel), len(world.truth)
    (468, 12)
    """
    if name not in WORLDS:
        raise ValueError(f"'name' must be one of {', '.join(WORLDS)}. Got {name!r}.")
    recipe, positive = WORLDS[name], seed % 2**63
    codes = [f"M{i + 1}" for i in range(1 + recipe.satellites)]
    markets = {code: draw_market(recipe, positive, code) for code in codes}
    truth = compute_truth(recipe, positive, markets)
    return SimulatedWorld(
        world=name,
        seed=seed,
        panel=pd.concat([_panel(market) for market in markets.values()], ignore_index=True),
        regions=pd.concat([_regions(market) for market in markets.values()], ignore_index=True),
        portfolio=describe_portfolio(recipe, positive, codes),
        tests=simulate_tests(recipe, positive, markets),
        truth=truth,
        landed={code: market.landed for code, market in markets.items()},
        markets=markets,
    )


def draw_market(recipe: WorldRecipe, seed: int, code: str) -> MarketWorld:
    """Draw one market; those after the first are satellites: one region, 40 to 52 weeks."""
    satellite = code != "M1"
    weeks = int(stream(seed, code, "weeks").integers(40, 53)) if satellite else recipe.weeks
    life = draw_life(recipe, seed, code, weeks, 1 if satellite else recipe.regions)
    share, ratio = _media_size(seed, code if satellite else None)
    total = life.baseline[life.calendar.recorded].sum() / (1 - share)
    spend = plan_spend(recipe, seed, code, life, ratio * total)
    response = draw_response(recipe, seed, code, life, spend, brought=share * total)
    return MarketWorld(code, life, spend, response)


def _media_size(seed: int, satellite: str | None) -> tuple[float, float]:
    """Media's part of the outcome and spend relative to it; a satellite's differ by about a tenth."""
    rng = stream(seed, "size")
    size = np.array([rng.uniform(*MEDIA_SHARE), rng.uniform(*SPEND_RATIO)])
    if satellite is not None:
        size = size * np.exp(stream(seed, satellite, "size").normal(0, 0.1, 2))
    low, high = np.transpose([MEDIA_SHARE, SPEND_RATIO])
    share, ratio = np.clip(size, low, high)
    return float(share), float(ratio)


def compute_truth(recipe: WorldRecipe, seed: int, markets: dict[str, MarketWorld]) -> pd.DataFrame:
    """The truth's table (see `SimulatedWorld`), by simulating what would have been.

    ROAS is the incremental contribution per EUR spent, mROAS the change for 1 % more in every week per EUR more;
    both count the window and the `TAIL` after it. No spend, no row.
    """
    rows = [row for market in markets.values() for row in _truth_rows(market)]
    table = pd.DataFrame(rows)
    table = _of_market(table) if recipe.national else table
    table = table[table["spend"] > 0].reset_index(drop=True)
    null = table["channel"] == null_channel(recipe, seed)
    return table.assign(null=null, confounded=table["channel"].isin(recipe.confounded))


def _of_market(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the market as a whole, region `all`: what is bought for all regions is decided for all of them."""
    weighed = table.assign(mroas=table["mroas"] * table["spend"])
    total = weighed.groupby(["market", "channel"], sort=False, as_index=False).sum(numeric_only=True)
    total["roas"], total["mroas"] = total["incremental"] / total["spend"], total["mroas"] / total["spend"]
    return total.assign(region="all")[list(table.columns)]


def _truth_rows(market: MarketWorld) -> list[dict]:
    window = market.life.calendar.window
    spend, outcome = market.spend[window].sum(axis=0), market.expected[window].sum(axis=0)
    incremental, more = -market.change(window, 0.0), market.change(window, 1 + STEP)
    landed = market.landed[-(window.stop - window.start) :].sum(axis=0)
    return [
        {
            "market": market.code,
            "region": region,
            "channel": channel,
            "spend": float(spend[r, c]),
            "incremental": float(incremental[r, c]),
            "roas": float(incremental[r, c] / spend[r, c]) if spend[r, c] else np.nan,
            "mroas": float(more[r, c] / (STEP * spend[r, c])) if spend[r, c] else np.nan,
            "landed": float(landed[r, c]),
            "outcome": float(outcome[r]),
        }
        for r, region in enumerate(market.life.regions)
        for c, channel in enumerate(CODES)
    ]


def _panel(market: MarketWorld) -> pd.DataFrame:
    """The recorded weeks as an analyst gets them, region by region."""
    life, weeks = market.life, market.life.calendar.recorded
    outcome = np.round(market.expected * (1 + life.surprise), 2)
    frames = []
    for r, region in enumerate(life.regions):
        columns = {"date": life.calendar.dates[weeks], "market": market.code, "region": region}
        columns["outcome"] = outcome[weeks, r]
        columns |= {f"spend_{code}": market.spend[weeks, r, c] for c, code in enumerate(CODES)}
        columns |= {name: np.round(values[weeks, r], 3) for name, values in life.controls.items()}
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _regions(market: MarketWorld) -> pd.DataFrame:
    names, people = list(market.life.regions), market.life.people.astype(int)
    return pd.DataFrame({"market": market.code, "region": names, "population": people})


def write_world(world: SimulatedWorld, folder: str | Path) -> Path:
    """Write `panel.csv`, `regions.csv`, `portfolio.yml` and any lift tests into a folder, made if it is missing.

    Returns
    -------
    Path of `portfolio.yml`; the same world gives the same bytes.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    world.panel.to_csv(place / "panel.csv", index=False)
    world.regions.to_csv(place / "regions.csv", index=False)
    if len(world.tests):
        world.tests.to_csv(place / "lift_tests.csv", index=False)
    text = yaml.safe_dump(world.portfolio, sort_keys=False, allow_unicode=True)
    (place / "portfolio.yml").write_text(text, encoding="utf-8")
    return place / "portfolio.yml"
