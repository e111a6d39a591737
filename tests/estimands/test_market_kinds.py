"""Every kind of market gets all its tables: one region, short, units, monthly, no margin, national channels.

The draws are made up: these tests are about tables that exist, are finite where they must be, and name each row once.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.decisions.run import foresee
from mmm_helpers.estimands.fitted import Fitted
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.run import compute_market_tables
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.profiles import PROFILES

KEYS = {
    "channel_effects": ["region", "channel", "window"],
    "carryover": ["region", "channel", "lag"],
    "decomposition": ["region", "date", "component"],
    "model_health": ["check"],
    "shrinkage": ["region", "channel"],
    "fit_series": ["region", "date"],
    "scenarios": ["scenario"],
    "budget_plan": ["region", "channel"],
}

KINDS = {
    "plain": {},
    "one region": {"regions": 1},
    "short": {"periods": 40},
    "units": {"kind": "units"},
    "no margin": {"margin": None},
    "monthly": {"periods": 40, "design": {"periods_per_year": 12.0}, "freq": "MS"},
    "daily": {"periods": 400, "design": {"periods_per_year": 365.25}, "freq": "D"},
    "national": {"national": ["search"]},
    "another currency": {"rate": 0.0061},
}


def _fitted(kind: dict, small_design, small_draws) -> Fitted:
    regions, periods = kind.get("regions", 2), kind.get("periods", 80)
    changes = dict(kind.get("design", {}))
    if regions == 1:
        changes["regions"] = ["all"]
    if kind.get("kind") == "units":
        changes["value"] = np.full(regions, 20.0)
    changes["dates"] = pd.date_range("2023-01-02", periods=periods, freq=kind.get("freq", "7D"))
    design = small_design(regions, periods, **changes)
    flat = small_draws(design, draws=400)
    halves = [flat.isel(sample=slice(k * 200, (k + 1) * 200)).rename(sample="draw") for k in range(2)]
    own = xr.concat(halves, "chain").assign_coords(chain=[0, 1], draw=np.arange(200))
    own = own.assign(
        log_effect_market=own["log_effect"].mean("region"),
        lp=own["rho"],
        diverging=own["rho"] > 9,
    )
    if regions > 1:
        own = own.assign(region_sd=0.3 + 0.1 * own["rho"], shock_sd=0.01 + 0.01 * own["rho"])
    channels = {
        c: {"level": "national" if c in kind.get("national", []) else "regional"} for c in design.channels
    }
    settings = {
        "channels": channels,
        "outcome": {"kind": kind.get("kind", "revenue")},
        "market": "XX",
        "frequency": "weekly",
        "l_max": 4,
        "budget_rate": kind.get("rate", 1.0),
        "margin": kind.get("margin", 0.4),
    }
    panel = _panel(design)
    return Fitted(design, settings, PROFILES["quick"], own, flatten(own), None, None, None, panel, NOBODY)


NOBODY = pd.DataFrame({"channel": pd.Series(dtype=str)})


def _panel(design) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "region": region,
                "date": design.dates,
                "outcome": design.outcome[:, r],
                "spend_tv": design.spend[:, r, 0],
                "spend_search": design.spend[:, r, 1],
                "activity_organic": design.media[:, r, 2],
                "fx": 1.0,
            }
        )
        for r, region in enumerate(design.regions)
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module", params=KINDS)
def tables(request, small_design, small_draws) -> dict[str, pd.DataFrame]:
    fit = _fitted(KINDS[request.param], small_design, small_draws)
    return compute_market_tables(fit, foresee(fit, Money.of(fit.design, fit.settings)))


def test_every_row_is_named_once(tables):
    repeated = [name for name, keys in KEYS.items() if tables[name].duplicated(keys).any()]
    assert repeated == []


def test_returns_of_paid_channels_are_finite(tables):
    paid = tables["channel_effects"].dropna(subset="spend")
    assert len(paid)
    assert np.isfinite(paid[["roas_mean", "mroas_mean", "cost_per_incremental_q50"]]).all(axis=None)


def test_the_market_has_a_row_of_its_own(tables):
    assert "all" in set(tables["channel_effects"]["region"])


def test_summary_is_one_row(tables):
    assert len(tables["market_summary"]) == 1


def test_shares_of_media_are_shares(tables):
    assert 0 < tables["market_summary"]["media_share_mean"].iloc[0] < 1


def test_every_check_has_a_status(tables):
    assert set(tables["model_health"]["status"]) <= {"pass", "review", "fail"}


def test_every_scenario_changes_something(tables):
    scenarios = tables["scenarios"]
    computed = scenarios[scenarios["applicable"]]
    assert set(computed.loc[computed["outcome_change_mean"] == 0, "scenario"]) == {"as expected"}
    assert (scenarios.loc[~scenarios["applicable"], "reason"] != "").all()
    assert (computed["kind"] == "plan").sum() == 5
    assert {"demand falls by 10 %", "media work 20 % worse"} <= set(computed["scenario"])
