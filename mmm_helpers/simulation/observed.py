"""What an analyst of the simulated company could see, in clean tables: the source of every raw export."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.simulation.baseline import holiday_count
from mmm_helpers.simulation.metrics import DELIVERY, delivery
from mmm_helpers.simulation.randomness import ar1, stream
from mmm_helpers.simulation.world import Company, MarketWorld

RATES = {"USD": 0.92, "JPY": 0.0061, "NOK": 0.086}
"""Typical value of one unit in EUR."""
DRIVERS = ("price_index", "competitor_activity", "promotion", "launch", "consumer_sentiment", "demand_index")
OFFLINE_METRICS = {
    "tv": ("impressions", "reach"),
    "ooh": ("impressions", "reach"),
    "email": ("impressions", "viewable_impressions", "clicks", "conversions"),
}


def _long(world: MarketWorld, values: np.ndarray, name: str) -> pd.Series:
    return world.frame(values).T.stack().rename(name)


def weekly_table(world: MarketWorld, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per region and week: `region`, `date` and the given arrays (weeks, regions)."""
    parts = [_long(world, values, name) for name, values in columns.items()]
    return pd.concat(parts, axis=1).reindex(world.regions, level="region").reset_index()


def sales_table(world: MarketWorld) -> pd.DataFrame:
    """Weekly revenue and organic sessions by region."""
    sessions = world.amounts["organic"][-len(world.dates) :].astype("int64")
    return weekly_table(world, {"revenue": world.outcome, "organic_sessions": sessions})


def driver_table(world: MarketWorld) -> pd.DataFrame:
    """Weekly controls by region, without the monthly economic index."""
    return weekly_table(world, {name: world.controls[name] for name in DRIVERS})


def economy_table(world: MarketWorld) -> pd.DataFrame:
    """The economic index by month: `date` (first of the month) and `economic_index`."""
    months = (world.dates + pd.Timedelta(days=3)).to_period("M").to_timestamp()
    index = pd.Series(world.controls["economic_index"][:, 0], index=pd.DatetimeIndex(months, name="date"))
    return index.groupby(level=0).first().rename("economic_index").reset_index()


def digital_table(world: MarketWorld) -> pd.DataFrame:
    """Daily platform reports, long: `date, region, channel, spend`, metrics; days with delivery only."""
    codes = [c for c, how in DELIVERY.items() if how.daily and c in world.amounts]
    parts = [delivery(world, code).assign(channel=code) for code in codes]
    return pd.concat(parts).sort_values(["date", "region", "channel"], ignore_index=True)


def offline_table(world: MarketWorld) -> pd.DataFrame:
    """Weekly TV, out-of-home and email by region, wide: `<channel>_spend`, `<channel>_<metric>`."""
    grid = weekly_table(world, {"revenue": world.outcome})[["region", "date"]]
    for code, metrics in OFFLINE_METRICS.items():
        if code not in world.amounts:
            continue
        report = delivery(world, code)[["region", "date", "spend", *metrics]]
        report = report.rename(columns={m: f"{code}_{m}" for m in ("spend", *metrics)})
        grid = grid.merge(report, on=["region", "date"], how="left")
    counts = grid.columns[2:]
    grid[counts] = grid[counts].fillna(0)
    return grid.astype({c: "int64" for c in counts if not c.endswith("spend")})


def region_table(company: Company) -> pd.DataFrame:
    """`regions.csv`: one row per market and region with its attributes."""
    rows = [
        {
            "market": code,
            "region": r.name,
            "population": r.population,
            "income": r.income,
            "media_penetration": r.media_penetration,
            "city_tier": r.city_tier,
            "competitive_density": r.competitive_density,
            "purchase_cycle_days": r.purchase_cycle_days,
        }
        for code, world in company.markets.items()
        for r in world.recipe.regions
    ]
    return pd.DataFrame(rows)


def rate_table(company: Company) -> pd.DataFrame:
    """`fx.csv`: EUR for one unit of each currency, on every Monday from before the first week to its end."""
    first = min(w.dates[0] for w in company.markets.values()) - pd.Timedelta(days=14)
    last = max(w.dates[-1] for w in company.markets.values()) + pd.Timedelta(days=7)
    dates = pd.date_range(first, last, freq="W-MON")
    parts = []
    for currency, typical in RATES.items():
        wave = 0.03 * ar1(stream(company.seed, "fx", currency), (len(dates),), 0.97)
        rate = [float(f"{r:.5g}") for r in typical * np.exp(wave)]
        parts.append(pd.DataFrame({"date": dates, "currency": currency, "rate": rate}))
    return pd.concat(parts, ignore_index=True).sort_values(["date", "currency"], ignore_index=True)


def panel(company: Company, market: str) -> pd.DataFrame:
    """The market as the model's panel, without raw files in between and without delivery metrics.

    Returns
    -------
    DataFrame sorted by region and date with `market, region, date, outcome, spend_<ch>,
    activity_organic, control_<name>, holiday, fx`; money in the market's currency.
    """
    world = company.markets[market]
    regions = np.ones(len(world.regions))
    spend = {
        f"{'spend' if t.channel.paid else 'activity'}_{c}": company.spend(market, c).to_numpy()
        for c, t in world.truth.items()
    }
    controls = {f"control_{name}": values for name, values in world.controls.items()}
    holiday = {"holiday": np.outer(holiday_count(world.dates, world.recipe.holidays), regions).astype(float)}
    fx = {"fx": np.outer(_mean_rates(company, world), regions)}
    table = weekly_table(world, {"outcome": world.outcome, **spend, **controls, **holiday, **fx})
    table.insert(0, "market", market)
    return table.sort_values(["region", "date"], ignore_index=True)


def _mean_rates(company: Company, world: MarketWorld) -> np.ndarray:
    """Rate of the Monday inside each week; 1 for the reporting currency."""
    if world.recipe.currency not in RATES:
        return np.ones(len(world.dates))
    rates = rate_table(company).query("currency == @world.recipe.currency").set_index("date")["rate"]
    mondays = world.dates + pd.to_timedelta((-world.dates.day_of_week) % 7, unit="D")
    return rates.reindex(mondays).to_numpy()
