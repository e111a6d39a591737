"""One market from credit to the unified budget, with a model that is only draws."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.loss import LOSS_COLUMNS
from mmm_helpers.attribution.run import COLUMNS, KEPT, compute_attribution_tables, no_tables
from mmm_helpers.attribution.sources import Seen
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.estimands.effects import STEP, Window, compute_effect
from mmm_helpers.model.lifts import expected_lifts, with_lifts
from mmm_helpers.model.profiles import PROFILES

ERROR = 0.5
"""Sd of the test's return, as a share of it."""


@pytest.fixture(scope="module")
def market(request):
    small_design, small_draws = (
        request.getfixturevalue("small_design"),
        request.getfixturevalue("small_draws"),
    )
    design = small_design(2, 110)
    draws = small_draws(design, draws=400)
    test = {"experiment": "dark", "channel": "search", "regions": ["R1"]}
    test |= {"start": design.dates[70], "end": design.dates[77]}
    test |= {"spend_change": -float(design.spend[60:68, 0, 1].sum())}
    first = with_lifts(design, [test | {"lift": -1.0, "sd": 1.0}])
    lift = float(expected_lifts(first, draws).mean())
    design = with_lifts(design, [test | {"lift": lift, "sd": abs(lift) * ERROR}])
    settings = {
        "channels": {
            "tv": {"label": "TV", "funnel": "upper"},
            "search": {"funnel": "lower", "follows_demand": True},
            "organic": {"paid": False},
        },
        "budget_rate": 2.0,
        "outcome": {"kind": "revenue"},
        "frequency": "weekly",
        "margin": 0.5,
        "decisions": {"budget": {}},
    }
    rows = [
        {"date": d, "region": r, "conversions_search": 3.0, "spend_search": design.spend[t, i, 1]}
        for t, d in enumerate(design.dates)
        for i, r in enumerate(design.regions)
    ]
    fit = SimpleNamespace(
        design=design, draws=draws, panel=pd.DataFrame(rows), settings=settings, profile=PROFILES["standard"]
    )
    return fit, test | {"lift": lift}


@pytest.fixture(scope="module")
def tables(market) -> dict[str, pd.DataFrame]:
    _, test = market
    iroas = test["lift"] / test["spend_change"]
    wide = 1.6448536 * ERROR * abs(iroas)
    row = {"experiment": "dark", "channel": "search", "design": "go_dark", "kind": "experiment"}
    row |= {"start": str(test["start"].date()), "end": str(test["end"].date())}
    row |= {"spend_change": 2.0 * test["spend_change"], "iroas_mean": iroas, "iroas_q50": iroas}
    row |= {"iroas_q05": iroas - wide, "iroas_q95": iroas + wide}
    marks = [
        {"region": r, "channel": c, "window": "last", "decision_grade": True, "cut_only": False}
        for r in ("R1", "R2")
        for c in ("tv", "search")
    ]
    return {
        "experiments": pd.DataFrame([row]),
        "calibration": pd.DataFrame({"experiment": ["dark"], "used": [True], "reason": ["agrees"]}),
        "channel_effects": pd.DataFrame(marks),
        "channel_groups": None,
        "model_health": pd.DataFrame([{"part": "computation", "check": "all", "status": "pass"}]),
    }


@pytest.fixture(scope="module")
def seen(market) -> Seen:
    """Credit of four times what search brings in the last year, and as much again for organic."""
    design, draws = market[0].design, market[0].draws
    window = Window("year", len(design.dates) - 52, len(design.dates))
    brought = float(
        (compute_effect(design, draws, "search", window).incremental * design.value).sum(axis=1).mean()
    )
    rows = [
        {
            "model": m,
            "channel": c,
            "credit": share * 100,
            "credit_value": 4 * brought * factor,
            "share": share,
        }
        for m, factor in (("first", 0.9), ("last", 1.1))
        for c, share in (("search", 0.5 * factor), ("organic", 1 - 0.5 * factor))
    ]
    credits = pd.DataFrame(rows)
    dates = design.dates[window.start], design.dates[-1] + pd.Timedelta(days=6)
    # People with journeys are a tenth of the market: a unit of their credit stands for ten of its outcome.
    value = float(design.outcome[window.start :].sum()) / 10
    credits["credit_value"] /= 10
    loss = credits.assign(rate=0.0, change=0.0)[LOSS_COLUMNS]
    both = pd.concat([credits, credits])
    return Seen(credits, both, *dates, conversions=value / 10.0, value=value, loss=loss)


@pytest.fixture(scope="module")
def prospects(market) -> Prospects:
    draws = market[0].draws.sizes["sample"]
    scale = np.random.default_rng(1).lognormal(0, 0.2, (4, draws, 1))
    names = [(r, c) for r in ("R1", "R2") for c in ("tv", "search")]
    cells = [Cell(r, c, 100.0, 2.0, 200 * s * np.sqrt(GRID)) for (r, c), s in zip(names, scale, strict=True)]
    return Prospects("M", cells, np.zeros(draws), 13)


@pytest.fixture(scope="module")
def found(market, tables, seen, prospects) -> dict[str, pd.DataFrame]:
    return compute_attribution_tables(market[0], prospects, tables, seen)


def test_without_journeys_there_are_headers_only(market, tables, prospects):
    empty = compute_attribution_tables(market[0], prospects, tables, None)
    assert {n: list(t) for n, t in empty.items()} == COLUMNS
    assert all(t.empty for t in no_tables().values())


def test_every_table_has_its_columns(found):
    assert {name: list(table) for name, table in found.items()} == COLUMNS
    assert all(next(iter(table)) == "market" for table in found.values())


def test_tv_is_not_observed_and_keeps_the_models_number(market, found):
    rows = found["reconciliation"].set_index(["channel", "source"])
    assert rows.loc[("tv", "mta"), "status"] == "not observed"
    assert np.isnan(rows.loc[("tv", "mta"), "roas_mean"])
    assert rows.loc[("tv", "unified"), "roas_mean"] == pytest.approx(
        rows.loc[("tv", "mmm"), "roas_mean"], rel=0.1
    )
    credit = found["attribution"].set_index(["model", "channel"])
    assert credit.loc[("last", "tv"), "status"] == "not observed"
    assert credit.loc[[("last", "tv")]].drop(columns=["market", "status"]).isna().all(axis=None)


def test_credit_is_brought_down_to_what_the_test_found(market, found):
    """Credit claims four times what search brings: the test's factor is about a quarter."""
    rows = found["reconciliation"].set_index(["channel", "source"])["roas_mean"]
    assert rows["search", "mta"] == pytest.approx(4 * rows["search", "mmm"], rel=0.01)
    assert rows["search", "calibrated_mta"] < 0.6 * rows["search", "mta"]
    assert rows["search", "last_click"] == pytest.approx(1.1 * rows["search", "mta"])


def test_the_test_has_one_path(market, tables, found):
    (row,) = found["unified_tests"].to_dict("records")
    informs = bool(market[0].design.lifts.used[0])
    assert informs
    assert row["path"] in ("credit", "model")
    assert (row["path"] == "model") == (row["reason"] == KEPT)


def test_organic_has_credit_but_no_factor(found):
    credit = found["attribution"].set_index(["model", "channel"])
    assert credit.loc[("last", "organic"), "status"] == "observed"
    assert np.isnan(credit.loc[("last", "organic"), "calibrated_mean"])
    assert "organic" not in set(found["incrementality_factors"]["channel"])


def test_platforms_claim_conversions_times_their_value(market, found):
    """Three conversions in each of 52 weeks and two regions, at 10, in a currency worth 2."""
    (row,) = found["incrementality_factors"].to_dict("records")
    assert row["platform_reported"] == pytest.approx(3 * 52 * 2 * 10 * 2)
    assert row["factor_mean"] == pytest.approx(row["incremental_mean"] / row["platform_reported"])


def test_every_source_divides_the_same_total(found):
    budgets = found["reconciliation"].groupby("source")[["current", "recommended"]].sum()
    assert budgets["recommended"].to_numpy() == pytest.approx(budgets["current"].to_numpy(), rel=1e-4)
    assert budgets["current"].tolist() == pytest.approx([400.0] * 6)


def test_marginal_return_is_per_unit_of_spend(market, found):
    from mmm_helpers.attribution.run import returns_of_model
    from mmm_helpers.estimands.money import Money

    fit, _ = market
    dates = fit.design.dates
    window = Seen(pd.DataFrame(), pd.DataFrame(), dates[58], dates[-1], 1.0, 1.0, pd.DataFrame())
    own = returns_of_model(fit, Money.of(fit.design, fit.settings), window)
    effect = compute_effect(fit.design, fit.draws, "search", Window("w", 58, len(dates)))
    expected = (effect.marginal * fit.design.value).sum(axis=1) / (STEP * effect.spend.sum())
    np.testing.assert_allclose(own.marginal["search"], expected)
    assert own.window == (dates[58], dates[-1])
