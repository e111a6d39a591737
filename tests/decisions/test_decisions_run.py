"""What a market's specification states reaches its plan and its scenarios."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions import run
from mmm_helpers.decisions.responses import TODAY, response_at
from mmm_helpers.estimands.money import Money
from mmm_helpers.model.profiles import PROFILES

MONEY = Money(rate=1.0, value=np.ones(2), is_revenue=True)
PASSED = pd.DataFrame([{"part": "computation", "check": "all", "status": "pass"}])
HALF_YEAR = 26


@pytest.fixture
def fit(small_design, small_draws):
    """A market with everything that decisions read, and no model behind it."""
    design = small_design(2, 110)

    def make(**decisions) -> SimpleNamespace:
        rows = [
            {"date": date, "region": region, "control_price": 100 + design.controls[t, r, 0], "holiday": 0.0}
            | {f"spend_{c}": design.spend[t, r, i] for i, c in enumerate(design.channels[:2])}
            | {"activity_organic": design.media[t, r, 2], "outcome": design.outcome[t, r]}
            | {"impressions_tv": 10 * design.spend[t, r, 0], "reach_tv": 5 * design.spend[t, r, 0] ** 0.5}
            for t, date in enumerate(design.dates)
            for r, region in enumerate(design.regions)
        ]
        settings = {
            "channels": {"tv": {"label": "TV"}, "search": {}, "organic": {"paid": False}},
            "controls": {},
            "outcome": {"kind": "revenue"},
            "frequency": "weekly",
            "budget_rate": 1.0,
            "margin": 0.5,
            "decisions": {"stated_margin": 0.5, "budget": {"horizon": HALF_YEAR}} | decisions,
        }
        draws = small_draws(design, draws=20)
        return SimpleNamespace(
            design=design,
            draws=draws,
            panel=pd.DataFrame(rows),
            settings=settings,
            profile=PROFILES["standard"],
        )

    return make


@pytest.fixture
def marks() -> pd.DataFrame:
    cells = [(r, c) for r in ("R1", "R2") for c in ("tv", "search")]
    frame = pd.DataFrame(cells, columns=["region", "channel"]).assign(window="last")
    return frame.assign(decision_grade=True, cut_only=False, data_tier="local", cause_mark="tested")


def test_inflation_makes_the_same_spend_bring_what_less_would(fit):
    plain, dearer = (run.foresee(fit(**d), MONEY).cells[0] for d in ({}, {"media_inflation": {"tv": 0.1}}))
    # from the middle of the last year to the middle of the next half-year: three quarters of a year
    factor = 1.1 ** (0.5 + HALF_YEAR / 2 / (365.25 / 7))
    assert dearer.channel == "tv"
    assert dearer.response[:, TODAY] == pytest.approx(response_at(plain, 1 / factor))


def test_a_frequency_cap_bounds_the_cells_it_names(fit, marks):
    market = fit(budget={"horizon": HALF_YEAR, "frequency_cap": {"tv": 0.1}})
    prospects = run.foresee(market, MONEY)
    plan = run.decide(market, prospects, marks, PASSED)["budget_plan"].set_index(["region", "channel"])
    tv = plan.xs("tv", level="channel")
    assert tv["upper"].tolist() == pytest.approx(tv["current"].tolist())
    assert (plan["upper"] > plan["current"]).any()


def test_a_plan_goes_to_the_channel_whose_customers_are_worth_more(fit, marks):
    moves = {}
    for channel, worth in (("tv", {"tv": 5.0, "search": 0.5}), ("search", {"tv": 0.5, "search": 5.0})):
        market = fit()
        market.settings["worth"] = worth
        plan = run.decide(market, run.foresee(market, MONEY), marks, PASSED)["budget_plan"]
        moves[channel] = plan.groupby("channel")[["current", "recommended"]].sum()
    for channel, plan in moves.items():
        assert plan.loc[channel, "recommended"] > plan.loc[channel, "current"]


def test_stated_scenarios_stand_beside_the_reports_own(fit, marks):
    stated = {
        "TV off": {"change": {"tv": 0.0}},
        "Billboards": {"change": {"ooh": 0.0}},
        "Cheaper": {"context": {"price": -0.1}},
    }
    market = fit(scenarios=stated)
    tables = run.decide(market, run.foresee(market, MONEY), marks, PASSED)
    rows = tables["scenarios"].set_index("scenario")
    assert list(rows.index[:3]) == list(stated)
    assert rows.loc["TV off", "outcome_change_mean"] == pytest.approx(
        rows.loc["dark:tv", "outcome_change_mean"]
    )
    assert rows.loc["Billboards", "reason"] == "ooh had no spend here in the last year."
    assert "Cheaper" in set(tables["scenario_regret"]["context"])
    assert "sentiment falls by 10 %" not in set(tables["scenario_regret"]["context"])


def test_ten_per_cent_more_is_the_same_in_both_tables(fit, marks):
    market = fit()
    tables = run.decide(market, run.foresee(market, MONEY), marks, PASSED)
    own = tables["scenarios"].set_index("scenario").loc["10 % more everywhere"]
    regret = (
        tables["scenario_regret"].set_index(["plan", "context"]).loc[("10 % more everywhere", "as expected")]
    )
    for name in ("spend_change", "outcome_change_mean", "outcome_change_q05", "outcome_change_q95"):
        assert regret[name] == pytest.approx(own[name])


def test_where_the_gate_fails_contexts_stay_and_no_plan_is_chosen(fit, marks):
    market = fit()
    failed = PASSED.assign(status="fail")
    tables = run.decide(market, run.foresee(market, MONEY), marks, failed)
    assert tables["budget_plan"].empty
    assert (tables["scenarios"]["kind"] == "context").any()
    assert not tables["scenario_regret"]["chosen"].any()
    assert "the most profitable plan within bounds" not in set(tables["scenario_regret"]["plan"])


def test_each_channels_total_is_spread_over_the_coming_periods(fit, marks):
    market = fit()
    tables = run.decide(market, run.foresee(market, MONEY), marks, PASSED)
    plan = tables["budget_plan"].groupby("channel")["recommended"].sum()
    spread = tables["budget_pacing"].groupby("channel")
    assert spread.size().to_dict() == {"search": HALF_YEAR, "tv": HALF_YEAR}
    assert spread["paced"].sum().to_dict() == pytest.approx(plan.to_dict())
    assert spread["even"].sum().to_dict() == pytest.approx(plan.to_dict())
    assert (tables["budget_pacing"]["paced"] <= tables["budget_pacing"]["most_seen"] * (1 + 1e-9)).all()
