"""A small region with known returns, by day, week or month."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import design

TRUE_RETURN = {"tv": 2.0, "social": 0.5}
TRUE_RETENTION = {"tv": 0.6, "social": 0.0}
STARTS = {"day": ("2023-01-02", "D"), "week": ("2022-01-03", "7D"), "month": ("2010-01-01", "MS")}


def simulate(
    periods: int = 156, *, unit: str = "week", confounding: float = 0.0, seed: int = 7, noise: float = 5.0
) -> pd.DataFrame:
    """Outcome = 1000 + 2 × carried-over TV + 0.5 × social + noise; TV may follow an unseen demand."""
    rng = np.random.default_rng(seed)
    demand = rng.normal(size=periods)
    tv = 100 + 20 * rng.normal(size=periods) + 20 * confounding * demand
    social = rng.gamma(2.0, 40.0, size=periods)
    outcome = 1000 + 60 * confounding * demand + noise * rng.normal(size=periods)
    carried = design.adstock(tv, TRUE_RETENTION["tv"], l_max=design.LAGS[unit])
    outcome += TRUE_RETURN["tv"] * carried + TRUE_RETURN["social"] * social
    start, step = STARTS[unit]
    dates = pd.date_range(start, periods=periods, freq=step)
    frame = pd.DataFrame({"market": "XX", "region": "all", "date": dates, "outcome": outcome})
    return frame.assign(spend_tv=tv, spend_social=social, control_demand_index=demand)


@pytest.fixture(scope="session")
def make_panel() -> Callable[..., pd.DataFrame]:
    """Factory: `make_panel(periods, unit=, confounding=, seed=, noise=)`."""
    return simulate


@pytest.fixture(scope="session")
def make_data() -> Callable[..., design.RegressionData]:
    """Factory of regression data without the demand control, unless `demand=True`."""

    def make(
        periods: int = 156, *, unit: str = "week", demand: bool = False, **options
    ) -> design.RegressionData:
        panel = simulate(periods, unit=unit, **options)
        panel = panel if demand else panel.drop(columns="control_demand_index")
        return design.build_regression_data(panel, region="all", channels=list(TRUE_RETURN), unit=unit)

    return make


@pytest.fixture(scope="session")
def true_return() -> dict[str, float]:
    return TRUE_RETURN


@pytest.fixture(scope="session")
def true_retention() -> dict[str, float]:
    return TRUE_RETENTION
