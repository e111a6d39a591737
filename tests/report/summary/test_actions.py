"""Who does what in which week, on a market made of small tables."""

from dataclasses import dataclass, field

import pandas as pd

from mmm_helpers.report.summary.actions import compute_actions, takeaways

HEALTH = pd.DataFrame(
    {"part": ["plausibility"], "check": ["coverage"], "status": ["pass"], "action": ["look for outliers"]}
)
PLAN = pd.DataFrame(
    {"region": "all", "channel": ["tv", "search"], "current": [1300.0, 1300.0], "recommended": [1040.0, 1560.0],
     "lower": 1040.0, "upper": 1560.0}
)  # fmt: skip
TEST = pd.DataFrame(
    {
        "channel": ["tv"],
        "regions": ["North|South"],
        "design": ["go_dark"],
        "duration": [8],
        "worth_it": [True],
    }
)


@dataclass
class Market:
    tables: dict
    labels: dict = field(default_factory=lambda: {"tv": "TV", "search": "Search"})
    panel: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"date": pd.date_range("2025-12-15", periods=2, freq="7D")})
    )
    reporting_currency: str = "EUR"
    horizon: int = 13
    unit: str = "week"
    is_preview: bool = False

    def table(self, name: str) -> pd.DataFrame:
        return self.tables.get(
            name, pd.DataFrame(columns=["group", "channels", "decision_grade", "worth_it"])
        )


def test_a_plan_is_approved_booked_tested_and_looked_back_on():
    todo = compute_actions(Market({"model_health": HEALTH, "budget_plan": PLAN, "next_experiments": TEST}))
    assert list(todo["owner"]) == ["Finance", "Market lead", "Analyst", "Market lead", "Analyst"]
    assert todo["week"].iloc[0] == "1 (from 2025-12-29)"
    assert todo["week"].iloc[-1] == "14 (from 2026-03-30)"
    assert "Search +€20, TV −€20 a week" in todo["action"].iloc[1]
    assert "TV switched off in North and South for 8 weeks" in todo["action"].iloc[2]


def test_a_failed_model_is_mended_first_and_nothing_moves():
    failed = HEALTH.assign(status="fail")
    todo = compute_actions(Market({"model_health": failed, "budget_plan": PLAN, "next_experiments": TEST}))
    assert todo["action"].iloc[0] == "Mend what the health check found: coverage (look for outliers)."
    assert "move nothing" in todo["action"].iloc[1]
    assert not todo["action"].str.contains("test:").any()


def test_takeaways_are_five_at_most():
    assert takeaways(["a", "b", "c", "d"], "room", "trust") == ["a", "b", "c", "d", "room"]
    assert takeaways(["a"], "room", "trust") == ["a", "room", "trust"]
