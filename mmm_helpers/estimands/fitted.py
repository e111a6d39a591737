"""A fitted market, as everything that computes numbers from its posterior takes it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from mmm_helpers.inputs.store import read_holdout_users, read_panel
from mmm_helpers.layout import Layout
from mmm_helpers.model.choose import as_fitted
from mmm_helpers.model.design import Design
from mmm_helpers.model.posterior import load_draws, load_folds, load_lifts, with_cell_effects
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.profiles import PROFILES, Profile
from mmm_helpers.model.run import load_design


@dataclass(frozen=True)
class Fitted:
    """A market's design and draws: its own fit by chain, and the final posterior flattened."""

    design: Design
    settings: dict
    profile: Profile
    own: xr.Dataset
    draws: xr.Dataset
    shared: xr.Dataset | None
    folds: xr.Dataset | None
    lifts: xr.Dataset | None
    panel: pd.DataFrame
    holdout: pd.DataFrame


def load_fitted(layout: Layout, code: str, profile: str) -> Fitted:
    """Everything that a market's tables are computed from."""
    design, settings = load_design(layout, code)
    own = load_draws(layout.market_fit(code))
    shared = load_draws(layout.portfolio_fit()) if layout.portfolio_fit().exists() else None
    lifts = load_lifts(layout.market_fit(code))
    return Fitted(
        design=as_fitted(design, own, lifts),
        settings=settings,
        profile=PROFILES[profile],
        own=with_cell_effects(own, design.regions),
        draws=flatten(load_draws(layout.posterior(code))),
        shared=shared,
        folds=load_folds(layout.market_fit(code)),
        lifts=lifts,
        panel=read_panel(layout, code),
        holdout=read_holdout_users(layout, code),
    )
