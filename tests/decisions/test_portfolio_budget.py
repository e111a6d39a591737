"""One budget over two markets whose best split is known in closed form."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.portfolio import (
    LESS,
    MORE,
    PLAN_COLUMNS,
    SAME,
    Part,
    plan_portfolio,
    portfolio_plan_table,
    portfolio_scenario_table,
)
from mmm_helpers.decisions.prospects import Prospects
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.worth import Worth

DRAWS = 20
WIDE = (0.2, 1.9)


def _part(
    code: str,
    spends: list[float],
    strengths: list[float],
    *,
    margin: float | None = 0.5,
    bounds: tuple[float, float] | None = WIDE,
    max_change: float = 0.9,
) -> Part:
    """A market whose channels bring strength × √spend, the same in every draw."""
    cells = [
        Cell("all", f"c{i}", s, 2.0, np.tile(a * np.sqrt(s * GRID), (DRAWS, 1)))
        for i, (s, a) in enumerate(zip(spends, strengths, strict=True))
    ]
    limits = bounds and tuple(np.full(len(cells), b) for b in bounds)
    evidence = pd.DataFrame({"region": "all", "channel": [c.channel for c in cells]})
    evidence = evidence.assign(data_tier="local", cause_mark="tested")
    prospects = Prospects(code, cells, np.zeros(DRAWS), 13)
    return Part(prospects, Worth(margin, margin=margin), limits, np.arange(len(cells)), evidence, max_change)


def _spend(parts: dict[str, Part], plan: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {m: plan[m] * [c.spend for c in part.prospects.cells] for m, part in parts.items()}


def test_money_goes_where_the_margin_makes_it_worth_most():
    # max Σ wᵢ aᵢ √sᵢ at a total: sᵢ proportional to (wᵢ aᵢ)²
    parts = {"A": _part("A", [100.0], [10.0], margin=0.5), "B": _part("B", [100.0], [10.0], margin=0.4)}
    found = _spend(parts, plan_portfolio(parts)[SAME])
    assert found["A"][0] == pytest.approx(200 * 0.25 / 0.41, rel=2e-3)
    assert found["A"][0] + found["B"][0] == pytest.approx(200.0, rel=1e-9)


def test_without_every_margin_outcome_counts_in_all_markets_alike():
    parts = {"A": _part("A", [100.0], [10.0], margin=0.9), "B": _part("B", [100.0], [10.0], margin=None)}
    assert plan_portfolio(parts)[SAME]["A"] == pytest.approx([1.0], abs=2e-3)


def test_a_market_that_seeks_revenue_lets_outcome_count_in_all_alike():
    parts = {"A": _part("A", [100.0], [10.0], margin=0.9), "B": _part("B", [100.0], [10.0], margin=0.1)}
    parts["B"] = replace(parts["B"], seeks_profit=False)
    assert plan_portfolio(parts)[SAME]["A"] == pytest.approx([1.0], abs=2e-3)


def test_marginal_profit_is_equal_across_markets_within_their_bounds():
    parts = {
        "A": _part("A", [100.0, 50.0], [10.0, 8.0], margin=0.5),
        "B": _part("B", [80.0, 60.0], [9.0, 11.0], margin=0.4),
    }
    for name, total in ((SAME, 290.0), (MORE, 319.0), (LESS, 261.0)):
        found = _spend(parts, plan_portfolio(parts)[name])
        squares = {"A": (0.5 * np.array([10.0, 8.0])) ** 2, "B": (0.4 * np.array([9.0, 11.0])) ** 2}
        whole = sum(s.sum() for s in squares.values())
        assert sum(s.sum() for s in found.values()) == pytest.approx(total, rel=1e-9)
        for market, own in squares.items():
            assert found[market] == pytest.approx(total * own / whole, rel=5e-3)


def test_a_withheld_market_keeps_todays_spend_and_the_total_is_met_by_the_others():
    parts = {
        "A": _part("A", [100.0, 100.0], [10.0, 12.0]),
        "B": _part("B", [50.0], [100.0], bounds=None),
    }
    plans = plan_portfolio(parts)
    assert all((plan["B"] == 1.0).all() for plan in plans.values())
    assert _spend(parts, plans[MORE])["A"].sum() == pytest.approx(1.1 * 250 - 50, rel=1e-9)
    table = portfolio_plan_table(parts, plans)
    assert list(table.columns) == PLAN_COLUMNS
    assert set(table.loc[table["withheld"], "market"]) == {"B"}
    kept = table[table["withheld"]]
    assert (kept[["recommended", "lower", "upper"]].to_numpy() == kept[["current"]].to_numpy()).all()


def test_a_market_moves_no_further_than_stated():
    parts = {
        "A": _part("A", [100.0], [50.0], max_change=0.2),
        "B": _part("B", [100.0], [1.0], max_change=0.3),
    }
    found = _spend(parts, plan_portfolio(parts)[SAME])
    assert found["A"] == pytest.approx([120.0])
    assert found["B"] == pytest.approx([80.0])


def test_a_total_beyond_all_bounds_goes_as_far_as_they_reach():
    parts = {
        "A": _part("A", [100.0], [10.0], bounds=(1.0, 1.05)),
        "B": _part("B", [100.0], [9.0], bounds=None),
    }
    plans = plan_portfolio(parts)
    assert _spend(parts, plans[MORE])["A"] == pytest.approx([105.0])
    assert _spend(parts, plans[LESS])["A"] == pytest.approx([100.0])


def test_cells_of_one_step_have_one_multiple():
    part = _part("A", [100.0, 50.0], [10.0, 30.0])
    joint = replace(part, steps=np.zeros(2, int))
    plan = plan_portfolio({"A": joint, "B": _part("B", [100.0], [9.0])})[SAME]
    assert plan["A"][0] == plan["A"][1] != 1.0


def test_nothing_is_recommended_where_every_market_withholds():
    parts = {"A": _part("A", [100.0], [10.0], bounds=None), "B": _part("B", [100.0], [9.0], bounds=None)}
    assert plan_portfolio(parts) == {}
    assert portfolio_plan_table(parts, {}).empty
    assert list(portfolio_plan_table(parts, {}).columns) == PLAN_COLUMNS
    evenly = portfolio_scenario_table(parts, {})
    assert set(evenly["scenario"]) == {"10 % more everywhere", "10 % less everywhere"}


def test_markets_add_up_to_all_and_profit_is_by_each_ones_margin():
    parts = {"A": _part("A", [100.0], [30.0], margin=0.9), "B": _part("B", [100.0], [30.0], margin=0.1)}
    table = portfolio_scenario_table(parts, {})
    more = table[table["scenario"] == "10 % more everywhere"].set_index("market")
    gain = 30 * (np.sqrt(110) - 10)
    assert more.loc["A", "outcome_change_mean"] == pytest.approx(gain)
    assert more.loc["all", "outcome_change_mean"] == pytest.approx(2 * gain)
    assert more.loc["all", "spend_change"] == pytest.approx(20.0)
    assert more.loc["all", "cvar_10"] == pytest.approx(gain - 20)
    assert more.loc[["A", "B"], "p_loss"].tolist() == [0.0, 1.0]


def test_a_market_without_spend_takes_no_part():
    parts = {"A": _part("A", [100.0, 50.0], [10.0, 9.0]), "B": _part("B", [], [])}
    plans = plan_portfolio(parts)
    assert len(plans[SAME]["B"]) == 0
    assert set(portfolio_plan_table(parts, plans)["market"]) == {"A"}
    assert set(portfolio_scenario_table(parts, plans)["market"]) == {"all", "A"}
