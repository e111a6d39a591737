"""From two markets' fits to every table: the portfolio stage, the contract, and agreement between pages."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.prospects import load_prospects
from mmm_helpers.decisions.run import decide, foresee, plan_tests
from mmm_helpers.estimands import run
from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.fitted import Fitted, load_fitted
from mmm_helpers.estimands.identification import identification
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.run import (
    compute_market_tables,
    write_market_tables,
    write_portfolio_tables,
)
from mmm_helpers.estimands.tiers import compute_shrinkage
from mmm_helpers.inputs.store import read_table
from mmm_helpers.layout import PORTFOLIO, Layout
from mmm_helpers.model.posterior import load_draws, save_draws
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.run import fit_portfolio, log_return_offset

CODES = ("DE", "AT")
"""The fitted market, and a copy of it under another name."""


def _store(layout: Layout, fitted, code: str, **changes) -> None:
    """What the gate and the market's own fit leave on disk."""
    status = [
        {"market": code, "region": r, "channel": c, "status": "active", "first_date": "2023-01-02"}
        for r in fitted.design.regions
        for c in fitted.design.channels
    ]
    layout.market(code).mkdir(parents=True)
    fitted.panel.assign(market=code).to_parquet(layout.panel(code))
    pd.DataFrame({"channel": pd.Series(dtype=str)}).to_parquet(layout.holdout(code))
    pd.DataFrame(status).to_csv(layout.channel_status(code), index=False)
    settings = fitted.settings | {"market": code, "label": f"Market {code}"} | changes
    layout.specification(code).write_text(json.dumps(settings), encoding="utf-8")
    save_draws(fitted.own.drop_vars("log_effect"), layout.market_fit(code))


@pytest.fixture(scope="module")
def layout(fitted, tmp_path_factory) -> Layout:
    """Results of a portfolio of two markets up to its tables."""
    layout = Layout("two", tmp_path_factory.mktemp("results"))
    for code in CODES:
        _store(layout, fitted, code)
    fit_portfolio(layout, CODES, "quick")
    for code in CODES:
        write_market_tables(layout, code, "quick")
    write_portfolio_tables(layout, CODES, "quick")
    return layout


CONTRACT = {
    "channel_effects": ["region", "channel", "window", "spend", "landed_mean", "incremental_q05", "roas_q95",
                        "mroas_q50", "cost_per_incremental_q50", "data_tier", "pooling_factor", "cause_mark",
                        "decision_grade"],
    "carryover": ["region", "channel", "lag", "weight_mean", "half_life_q50", "immediate_share_mean"],
    "decomposition": ["region", "date", "component", "value_mean", "value_q05", "value_q50", "value_q95"],
    "response_curves": ["region", "channel", "spend", "response_mean", "current_spend", "support_q95"],
    "model_health": ["check", "status", "value", "threshold", "action"],
    "validation": ["fold", "region", "horizon", "crps", "crps_naive", "wmape", "coverage_90"],
    "budget_plan": ["region", "channel", "current", "recommended", "lower", "upper", "outcome_current_mean",
                    "outcome_recommended_q95", "data_tier", "cause_mark"],
    "scenarios": ["scenario", "spend_change", "outcome_change_mean", "p_loss", "p_loss_predictive", "cvar_10",
                  "share_outside_support"],
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRACT)
def test_tables_start_with_market_and_hold_the_contracts_columns(layout, name):
    columns = list(read_table(layout, "DE", name).columns)
    assert columns[0] == "market"
    assert [c for c in CONTRACT[name] if c not in columns] == []


def test_a_preview_has_no_plan(layout):
    assert read_table(layout, "DE", "budget_plan").empty


def test_a_preview_has_no_decision_grade_cell(layout):
    assert not read_table(layout, "DE", "channel_effects")["decision_grade"].any()


def test_a_preview_does_not_follow_a_recommendation(layout):
    assert not read_table(layout, "DE", "scenarios")["scenario"].str.contains("recommendation").any()


def test_components_in_the_table_add_up_to_fitted(layout):
    table = read_table(layout, "DE", "decomposition")
    wide = table.pivot(index=["region", "date"], columns="component", values="value_mean")
    total = wide.drop(columns="fitted").sum(axis=1)
    assert total.to_numpy() == pytest.approx(wide["fitted"].to_numpy(), rel=1e-6)


RETURN = ["roas_mean", "roas_q05", "roas_q50", "roas_q95"]


@pytest.mark.parametrize("column", [*RETURN, "outcome", "spend", "media_share_mean"])
def test_scoreboard_and_market_page_agree(layout, column):
    board = read_table(layout, PORTFOLIO, "scoreboard").set_index("market")[column]
    for code in CODES:
        assert board[code] == read_table(layout, code, "market_summary").iloc[0][column]


@pytest.mark.parametrize(
    ("together", "single"),
    [
        ("channel_effects", "channel_effects"),
        ("shrinkage", "shrinkage"),
        ("portfolio_health", "model_health"),
    ],
)
def test_portfolios_tables_are_the_markets_one_below_the_other(layout, together, single):
    markets = pd.concat([read_table(layout, code, single) for code in CODES], ignore_index=True)
    pd.testing.assert_frame_equal(read_table(layout, PORTFOLIO, together), markets)


@pytest.mark.parametrize(
    ("table", "column", "rows"),
    [
        ("tau_sensitivity", "return", "tau_prior == 'default'"),
        ("threshold_rule", "return_partial", "volume > 0"),
    ],
)
def test_every_table_has_the_same_return_of_a_cell(layout, table, column, rows):
    keys = ["market", "channel"]
    pooled = read_table(layout, PORTFOLIO, "shrinkage").query("region == 'all'")
    both = read_table(layout, PORTFOLIO, table).query(rows).merge(pooled, on=keys)
    assert len(both) == 2 * len([c for c in pooled["channel"].unique() if c != "organic"])
    for suffix in ("mean", "q05", "q95"):
        assert both[f"{column}_{suffix}"].to_list() == pytest.approx(both[f"pooled_{suffix}"].to_list())


def test_each_level_has_a_lambda_for_every_channel(layout):
    table = read_table(layout, PORTFOLIO, "pooling_by_channel")
    channels = read_table(layout, "DE", "channel_effects")["channel"].nunique()
    assert table.groupby("market").size().to_dict() == dict.fromkeys([*CODES, PORTFOLIO], channels)
    assert table["lambda"].between(-0.5, 1).all()


def test_twin_markets_get_the_same_posterior(layout):
    first, second = (load_draws(layout.posterior(c))["log_effect"].mean(("chain", "draw")) for c in CODES)
    assert first.to_numpy() == pytest.approx(second.to_numpy(), abs=0.03)


def test_two_markets_know_more_than_one(layout):
    own, pooled = (
        load_draws(path)["log_effect_market"].std(("chain", "draw"))
        for path in (layout.market_fit("DE"), layout.posterior("DE"))
    )
    paid = [c for c in own["channel"].to_numpy() if c != "organic"]
    assert float((pooled / own).sel(channel=paid).mean()) < 0.95


def test_portfolio_fit_holds_the_sd_between_markets(layout):
    assert 0.01 <= float(load_draws(layout.portfolio_fit())["tau"].mean()) <= 0.3


def test_a_single_market_keeps_its_own_fit(fitted, tmp_path):
    layout = Layout("one", tmp_path)
    _store(layout, fitted, "DE")
    fit_portfolio(layout, ["DE"], "quick")
    own, final = (
        load_draws(p)["log_effect_market"] for p in (layout.market_fit("DE"), layout.posterior("DE"))
    )
    assert np.array_equal(own, final)
    assert not layout.portfolio_fit().exists()


def test_markets_without_pooling_keep_their_own_fits(fitted, tmp_path):
    layout = Layout("none", tmp_path)
    for code in CODES:
        _store(layout, fitted, code, model={"pooling": {"regions": "partial", "markets": "none"}})
    fit_portfolio(layout, CODES, "quick")
    own, final = (
        load_draws(p)["log_effect_market"] for p in (layout.market_fit("AT"), layout.posterior("AT"))
    )
    assert np.array_equal(own, final)


def test_fully_pooled_markets_have_one_return(fitted, tmp_path):
    layout = Layout("full", tmp_path)
    for code in CODES:
        _store(layout, fitted, code, model={"pooling": {"regions": "partial", "markets": "full"}})
    fit_portfolio(layout, CODES, "quick")
    means = [load_draws(layout.posterior(c))["log_effect_market"].mean(("chain", "draw")) for c in CODES]
    assert means[0].to_numpy() == pytest.approx(means[1].to_numpy(), abs=0.01)
    assert float(load_draws(layout.portfolio_fit())["tau"].max()) == 0.0
    # Whatever its own data say, its number is the portfolio's.
    assert set(_shrinkage(layout)["data_tier"]) == {"transferred"}


def _shrinkage(layout: Layout) -> pd.DataFrame:
    """Shrinkage of a market, computed from what is stored."""
    fit = load_fitted(layout, "DE", "quick")
    own = flatten(fit.own)
    return compute_shrinkage(fit.design, own, fit.draws, fit.shared, log_return_offset(fit.design)).query(
        "region == 'all'"
    )


@pytest.fixture(scope="module")
def recommended(layout) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Plan and scenarios of a market whose gate passed at a decision-grade profile."""
    fit = load_fitted(layout, "DE", "standard")
    effects = read_table(layout, "DE", "channel_effects").assign(decision_grade=True)
    health = pd.DataFrame([{"part": "computation", "check": "all", "status": "pass"}])
    money = Money.of(fit.design, fit.settings)
    tables = decide(fit, foresee(fit, money), effects, health)
    return tables["budget_plan"], tables["scenarios"]


def test_tests_are_valued_as_if_freed_money_went_to_the_other_channels(layout):
    """The total is kept, so the margin scales what a choice is worth and never changes it."""
    fit = load_fitted(layout, "DE", "standard")
    settings = [fit.settings | {"margin": margin} for margin in (0.2, 0.4)]
    once, twice = (
        plan_tests(replace(fit, settings=own), Money.of(fit.design, fit.settings))["next_experiments"]
        .set_index(["channel", "regions", "design", "duration"])
        .sort_index()
        for own in settings
    )
    assert once["lost"].ne(0).any()
    assert list(twice["without_test"]) == list(once["without_test"])
    for amount in ("value_mean", "value_perfect", "lost"):
        np.testing.assert_allclose(twice[amount], 2 * once[amount], atol=1e-6)


def test_plan_keeps_the_total(recommended):
    plan, _ = recommended
    assert plan["recommended"].sum() == pytest.approx(plan["current"].sum(), rel=1e-6)


def test_plan_stays_within_its_bounds(recommended):
    plan, _ = recommended
    slack = 1e-6 * plan["current"]
    assert (plan["recommended"] >= plan["lower"] - slack).all()
    assert (plan["recommended"] <= plan["upper"] + slack).all()


def test_plan_moves_untested_cells_by_a_fifth_at_most(recommended):
    plan, _ = recommended
    assert ((plan["recommended"] / plan["current"] - 1).abs() <= 0.2 + 1e-6).all()


def test_following_the_plan_costs_nothing_and_gains(recommended):
    _, scenarios = recommended
    row = scenarios[scenarios["scenario"] == "follow the recommendation"].iloc[0]
    assert row["spend_change"] == pytest.approx(0.0, abs=1.0)
    assert row["outcome_change_mean"] > 0


def test_expected_gain_is_the_difference_of_the_plans_outcomes(recommended):
    plan, scenarios = recommended
    row = scenarios[scenarios["scenario"] == "follow the recommendation"].iloc[0]
    gain = (plan["outcome_recommended_mean"] - plan["outcome_current_mean"]).sum()
    assert row["outcome_change_mean"] == pytest.approx(gain, rel=1e-6)


def test_failed_health_leaves_no_plan(layout):
    fit = load_fitted(layout, "DE", "standard")
    effects = read_table(layout, "DE", "channel_effects").assign(decision_grade=True)
    health = pd.DataFrame([{"part": "plausibility", "check": "baseline", "status": "fail"}])
    prospects = foresee(fit, Money.of(fit.design, fit.settings))
    plan = decide(fit, prospects, effects, health)["budget_plan"]
    assert plan.empty


def _compute(fit: Fitted) -> dict[str, pd.DataFrame]:
    return compute_market_tables(fit, foresee(fit, Money.of(fit.design, fit.settings)))


def test_stored_prospects_are_what_the_tables_come_from(layout):
    stored = load_prospects(layout.prospects("DE"))
    more = sum(c.response[1::2, 22].mean() - c.response[1::2, 20].mean() for c in stored.cells)
    row = read_table(layout, "DE", "scenarios").set_index("scenario").loc["10 % more everywhere"]
    assert stored.market == "DE"
    assert row["outcome_change_mean"] == pytest.approx(more, rel=1e-5)
    assert row["spend_change"] == pytest.approx(0.1 * sum(c.spend for c in stored.cells), rel=1e-9)


def _all_identified(*args, **options) -> pd.DataFrame:
    return identification(*args, **options).assign(identified=True, reason="")


BRAND = "search_brand"


def _with_brand(fit: Fitted) -> Fitted:
    """The market with brand search said to follow demand."""
    channels = fit.settings["channels"] | {BRAND: {"paid": True, "follows_demand": True}}
    return replace(fit, settings=fit.settings | {"channels": channels})


def _judge_as_sound(fit: Fitted) -> dict[str, pd.DataFrame]:
    """The verdict's tables if everything else passed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "identification", _all_identified)
        patch.setattr(run, "recommends", lambda *args: True)
        return run.judge(fit, Money.of(fit.design, fit.settings), rng=np.random.default_rng(0)).tables


@pytest.fixture(scope="module")
def following(layout) -> tuple[dict, dict]:
    """Tables of a market in which everything passes: as it is, and with a channel that follows demand."""
    fit = load_fitted(layout, "DE", "standard")
    return _judge_as_sound(fit), _judge_as_sound(_with_brand(fit))


def _grades(tables: dict) -> pd.Series:
    return tables["channel_effects"].set_index("channel")["decision_grade"]


def test_spend_that_follows_demand_is_refused_where_everything_else_passes(following):
    plain, tables = following
    assert _grades(plain)[BRAND].any()
    assert not _grades(tables)[BRAND].any()
    pd.testing.assert_series_equal(_grades(tables).drop(BRAND), _grades(plain).drop(BRAND))


def test_the_reason_for_refusing_it_is_kept_and_holds_it(following):
    cells = following[1]["identification"]
    assert set(cells["reason"][cells["channel"] == BRAND]) == {FOLLOWS}
    assert cells["identified"].equals(cells["channel"] != BRAND)
    assert run.held_channels(cells) == {BRAND: FOLLOWS}


def test_a_tested_channel_may_be_decision_grade_although_it_follows_demand(following, layout, monkeypatch):
    monkeypatch.setattr(run, "channels_tested", lambda design: set(design.channels))
    fit = _with_brand(load_fitted(layout, "DE", "standard"))
    tables = _judge_as_sound(fit)
    assert not (tables["identification"]["reason"] == FOLLOWS).any()
    assert set(tables["channel_effects"]["cause_mark"]) == {"tested"}
    pd.testing.assert_series_equal(_grades(tables), _grades(following[0]))


def test_the_data_do_not_speak_about_its_spend(following, layout):
    design = load_fitted(layout, "DE", "standard").design
    spend = pd.Series(design.spend[-52:].sum(axis=(0, 1)), design.channels)
    plain, line = (t["model_health"].set_index("part").loc["identification"] for t in following)
    assert plain["value"] == 1.0
    assert line["value"] == pytest.approx(1 - spend[BRAND] / spend.sum())
    assert line["status"] == "pass"  # one channel of ten per cent puts no market under review


def test_tables_are_the_same_every_time(layout):
    first, second = (_compute(load_fitted(layout, "DE", "quick")) for _ in range(2))
    pd.testing.assert_frame_equal(first["fit_series"], second["fit_series"])


def test_nothing_is_written_outside_the_results(layout):
    assert {p.name for p in Path(layout.root).iterdir()} == {*CODES, PORTFOLIO, "fits"}
