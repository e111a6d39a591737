"""Priors as rows and as shares and returns, against what they were stated to be and against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.priors import PREDICTIVE_COLUMNS, compute_prior_predictive, compute_priors
from mmm_helpers.model.design import make_design

NORMAL_95 = stats.norm.ppf(0.95)
REGIONS = {"North": 4e6, "South": 1e6}


def _market(**channels: dict):
    """A design and its settings; media per head constant, so that every channel stays at its mean level."""
    dates = pd.date_range("2024-01-01", periods=80, freq="7D")
    frames = [
        pd.DataFrame({"market": "XX", "region": r, "date": dates, "outcome": heads / 1e3, "fx": 1.0}).assign(
            spend_tv=heads / 1e4, spend_search=heads / 2e4, activity_organic=heads / 1e5
        )
        for r, heads in REGIONS.items()
    ]
    settings = {
        "market": "XX",
        "frequency": "weekly",
        "l_max": 4,
        "outcome": {"kind": "revenue"},
        "channels": {"tv": {"paid": True}, "search": {"paid": True}, "organic": {"paid": False}},
        "regions": {r: {"population": heads} for r, heads in REGIONS.items()},
        "budget_rate": 0.5,
    }
    for code, more in channels.items():
        settings["channels"][code] |= more
    cells = [(region, channel) for region in REGIONS for channel in settings["channels"]]
    status = pd.DataFrame(cells, columns=["region", "channel"]).assign(first_date="2024-01-01")
    return make_design(pd.concat(frames), status, settings), settings


def _priors(**channels: dict) -> pd.DataFrame:
    design, settings = _market(**channels)
    table = compute_priors(design, settings, Money.of(design, settings))
    return table.set_index(["parameter", "channel"])


def test_a_stated_return_comes_back_as_stated():
    row = _priors(tv={"prior": {"roas": [1.0, 4.0], "source": "tests of 2023"}}).loc[("return", "tv")]
    assert row[["prior_q05", "prior_q50", "prior_q95"]].tolist() == pytest.approx([1.0, 2.0, 4.0])
    assert row["stated"]
    assert row["source"] == "tests of 2023"
    assert row["says"] == "stated for this channel: a return of 1 to 4 (90 %)"


def test_a_stated_share_of_an_unpaid_channel_comes_back_as_stated():
    stated = {"prior": {"share": [0.02, 0.08], "source": "survey"}}
    row = _priors(organic=stated).loc[("share", "organic")]
    assert row[["prior_q05", "prior_q50", "prior_q95"]].tolist() == pytest.approx([0.02, 0.04, 0.08])
    assert "2 to 8 % of the outcome" in row["says"]


def test_without_a_statement_all_paid_channels_share_one_return():
    table = _priors()
    # 20 % of an outcome of 1/1000 a head, at 0.15/1000 a head of spend.
    assert table.loc[("return", "tv"), "prior_q50"] == pytest.approx(0.20 / 0.15)
    assert table.loc[("return", "search"), "prior_q50"] == pytest.approx(0.20 / 0.15)
    spread = table.loc[("return", "tv"), "prior_q95"] / table.loc[("return", "tv"), "prior_q50"]
    assert spread == pytest.approx(np.exp(0.9 * NORMAL_95))
    assert not table["stated"].any()


def test_a_family_s_parameters_name_only_channels_that_have_it():
    table = _priors(tv={"adstock": "weibull", "saturation": "log"})
    has = table.reset_index().groupby("parameter")["channel"].agg(list)
    assert has["weibull_scale"] == ["tv"]
    assert has["alpha"] == ["search", "organic"]
    assert has["slope"] == ["search", "organic"]
    assert has["fullness"] == ["all"]


def test_carry_over_differs_by_funnel():
    table = _priors(tv={"funnel": "upper"}, search={"funnel": "lower"})
    assert table.loc[("alpha", "tv"), "prior_q50"] == pytest.approx(0.5)
    assert table.loc[("alpha", "search"), "prior_q50"] == pytest.approx(stats.beta(2, 4).median())


def test_a_correlation_s_range_stays_between_minus_one_and_one():
    row = _priors().loc[("rho", "all")]
    assert row["prior_q95"] == pytest.approx(np.tanh(0.4 * NORMAL_95))
    assert row["prior_q05"] == pytest.approx(-row["prior_q95"])


def _posterior(design):
    """Tables and predictive draws with made-up numbers, as the posterior's tables hold them."""

    def four(name: str, mean: float) -> dict:
        return {f"{name}_{s}": mean + i for i, s in enumerate(("mean", "q05", "q50", "q95"))}

    channels = design.channels
    effects = [
        {"region": "all", "channel": c, "window": w} | four("roas", 10 * k + i)
        for k, w in enumerate(("all history", "last 52 weeks"))
        for i, c in enumerate(channels)
    ]
    shares = [{"region": "all", "group": g} | four("share", 100 + i) for i, g in enumerate(channels)]
    return {
        "summary": pd.DataFrame([four("media_share", 7.0) | four("roas", 8.0)]),
        "effects": pd.DataFrame(effects),
        "contributions": pd.DataFrame(shares),
        "predicted": np.full((3, *design.outcome.shape), 10.0),
    }


@pytest.fixture(scope="module")
def predictive() -> pd.DataFrame:
    design, settings = _market()
    table = compute_prior_predictive(design, Money.of(design, settings), **_posterior(design), seed=4)
    assert table.columns.tolist() == PREDICTIVE_COLUMNS
    return table.set_index(["quantity", "channel"])


def test_the_posterior_is_that_of_the_other_tables(predictive):
    assert predictive.loc[("roas", "search"), "posterior_mean"] == 11.0  # the last window's, second channel
    assert predictive.loc[("share", "organic"), "posterior_q95"] == 105.0
    assert predictive.loc[("media_share", "all"), "posterior_mean"] == 7.0
    assert predictive.loc[("roas", "all"), "posterior_q05"] == 9.0


def test_unpaid_channels_have_a_share_and_no_return(predictive):
    assert ("share", "organic") in predictive.index
    assert ("roas", "organic") not in predictive.index


def test_prior_share_at_constant_spend_is_the_prior_itself(predictive):
    # At its mean level a channel brings its prior share; the outcome around it is near its mean.
    assert predictive.loc[("share", "tv"), "prior_q50"] == pytest.approx(0.2 * 2 / 3, rel=0.15)
    assert predictive.loc[("share", "organic"), "prior_q50"] == pytest.approx(0.03, rel=0.15)
    width = np.log(
        predictive.loc[("share", "tv"), "prior_q95"] / predictive.loc[("share", "tv"), "prior_q05"]
    )
    # Its own sd, and that of the outcome's level and growth below it.
    assert width == pytest.approx(2 * NORMAL_95 * 0.92, rel=0.12)


def test_prior_return_at_constant_spend_is_the_prior_itself(predictive):
    # Setting a year's spend to zero takes away a year's effect, whatever the curve.
    assert predictive.loc[("roas", "tv"), "prior_q50"] == pytest.approx(0.20 / 0.15, rel=0.15)


def test_observed_outcome_counts_cells_of_the_likelihood_only():
    design, settings = _market()
    outcome, observed = design.outcome.copy(), design.observed.copy()
    outcome[10, 0], observed[20, 1] = np.nan, False
    observed[10, 0] = False
    changed = type(design)(**{**vars(design), "outcome": outcome, "observed": observed})
    table = compute_prior_predictive(changed, Money.of(design, settings), **_posterior(design))
    seen = table.set_index("quantity").loc[["outcome_lowest", "outcome_highest"], "observed"]
    # 4000 + 1000 a week at the rate of 0.5; in one week the large region is hidden.
    assert seen.tolist() == pytest.approx([500.0, 2500.0])
    guess = table.set_index("quantity").loc["outcome_lowest", "posterior_mean"]
    assert guess == pytest.approx(0.5 * 10.0)  # the same cells of the predictive draws


def test_prior_outcome_scatters_around_the_observed_mean(predictive):
    row = predictive.loc[("outcome_mean", "all")]
    assert row["prior_q05"] < row["observed"] < row["prior_q95"]
    assert row["observed"] == pytest.approx(2500.0)
