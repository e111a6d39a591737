"""Words and tables of the reconciliation, on three channels with known returns."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.reconcile import (
    CALIBRATED,
    CREDIT,
    EXPERIMENT,
    LAST_CLICK,
    MODEL,
    SOURCES,
    UNIFIED,
    Facts,
    Said,
    add_budgets,
    compute_reconciliation,
)
from mmm_helpers.report.attribution.plots_reconcile import (
    plot_budgets_by_source,
    plot_factors,
    plot_returns_by_source,
)
from mmm_helpers.report.attribution.reconcile_page import (
    NAMES,
    NO_JOURNEYS,
    compute_factor_table,
    compute_path_table,
    compute_source_table,
    compute_unified_budget,
    describe_budgets,
    describe_factors,
    describe_paths,
    describe_reasons,
    describe_reconciliation,
)

LABELS = {"search": "Search", "video": "Video", "tv": "TV"}
ABOUT = {"labels": LABELS, "currency": "EUR"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Last click gives search 6 where it brings 2, and video 1 where it brings 4; journeys do not see TV."""
    said = {
        LAST_CLICK: Said({"search": (6.0,) * 4, "video": (1.0,) * 4}),
        CREDIT: Said({"search": (5.0, 4.0, 5.0, 6.0), "video": (2.0, 1.0, 2.0, 3.0)}),
        CALIBRATED: Said({"search": (2.0, 1.0, 2.0, 3.0), "video": (3.5, 2.0, 3.5, 5.0)}),
        MODEL: Said(
            {"search": (3.0, 1.0, 3.0, 5.0), "video": (4.5, 3.0, 4.5, 6.0), "tv": (1.5, 1.0, 1.5, 2.0)}
        ),
        EXPERIMENT: Said({"search": (1.8, 1.0, 1.8, 2.6)}),
        UNIFIED: Said(
            {"search": (2.0, 1.5, 2.0, 2.5), "video": (4.0, 3.0, 4.0, 5.0), "tv": (1.5, 1.0, 1.5, 2.0)}
        ),
    }
    facts = {
        "search": Facts(lateness=0.5, tested=True),
        "video": Facts(lateness=-0.5),
        "tv": Facts(seen=False),
    }
    window = pd.Timestamp("2025-10-06"), pd.Timestamp("2025-12-22")
    spend = {"search": 100e3, "video": 50e3, "tv": 200e3}
    made = compute_reconciliation("DE", window, spend, said, facts)
    change = {LAST_CLICK: (1.2, 0.8, 0.9), MODEL: (0.9, 1.2, 1.0), UNIFIED: (0.8, 1.2, 1.05)}
    budgets = [
        {"source": s, "channel": c, "current": spend[c], "recommended": spend[c] * m}
        for s, multiples in change.items()
        for c, m in zip(spend, multiples, strict=True)
    ]
    return add_budgets(made, pd.DataFrame(budgets))


def test_finding_names_what_last_click_gives_too_much_and_too_little(table):
    text = describe_reconciliation(table, labels=LABELS)
    assert "Last click gives Search **3.0 times** what the unified number says: 6.0" in text
    assert "against 2.0 (1.5–2.5)" in text
    assert "Last click gives Video only **25 %** of what" in text
    assert text.endswith("Journeys cannot see TV.")


def test_without_journeys_the_page_says_what_is_missing(table):
    assert describe_reconciliation(table.head(0), labels=LABELS) == NO_JOURNEYS


def test_what_is_not_seen_is_never_zero(table):
    rows = compute_source_table(table, **ABOUT)
    tv = rows[rows["Channel"] == "TV"].set_index("Measured by")
    assert tv.loc["Last click", "Return"] == "not observed"
    assert tv.loc["Last click", "Incremental"] == ""
    assert tv.loc["Experiment", "Return"] == "no test"
    assert len(rows) == 3 * len(SOURCES)


def test_incremental_money_is_the_return_times_spend(table):
    rows = compute_source_table(table, **ABOUT).set_index(["Channel", "Measured by"])
    assert rows.loc[("Video", "Unified"), "Incremental"] == "€200 k (150–250)"
    assert rows.loc[("Search", "Last click"), "Incremental"] == "€600 k"


def test_each_channel_says_who_is_farthest_and_why(table):
    lines = describe_reasons(table, labels=LABELS).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(
        "- **Search**: 2.0 (1.5–2.5) for each unit of money. Farthest from it: last click (6.0)."
    )
    assert "stands late in journeys" in lines[0]


def test_one_unified_budget_and_who_would_have_done_the_opposite(table):
    text = describe_budgets(table, **ABOUT, span="13 weeks")
    assert text.startswith("**Unified: move €20.0 k over 13 weeks, mostly from Search to TV and Video.**")
    assert text.endswith("On some of these last click would have done the opposite.")


def test_without_a_recommendation_no_budget_is_shown(table):
    bare = table.assign(current=np.nan, recommended=np.nan)
    assert "no recommendation" in describe_budgets(bare, **ABOUT, span="13 weeks")
    assert compute_unified_budget(bare, **ABOUT).empty


def test_budget_table_stands_beside_the_others(table):
    rows = compute_unified_budget(table, **ABOUT).set_index("Channel")
    assert rows.loc["Search", ["Today", "Unified budget", "Change"]].tolist() == [
        "€100 k",
        "€80.0 k",
        "−20 %",
    ]
    assert rows.loc["Search", "Last click"] == "€120 k"


def _factors() -> pd.DataFrame:
    rows = [("search", 600e3, 200e3, 0.33, 15.0), ("video", 100e3, 200e3, 2.0, 1.2)]
    return pd.DataFrame(
        [
            {
                "channel": c, "platform_reported": claim, "incremental_mean": mean, "incremental_q05": 0.8 * mean,
                "incremental_q95": 1.2 * mean, "factor_mean": f, "factor_q05": 0.8 * f, "factor_q95": 1.2 * f,
                "valid_until": "2026-06-22", "platform_target": target,
                "platform_target_q05": 0.8 * target, "platform_target_q95": 1.2 * target,
            }
            for c, claim, mean, f, target in rows
        ]
    )  # fmt: skip


def test_factors_are_said_at_their_ends_with_their_date():
    text = describe_factors(_factors(), labels=LABELS)
    assert "Search **33 %** (26 % to 40 %) and Video **200 %** (160 % to 240 %) at the ends" in text
    assert text.endswith("until 2026-06-22 at the latest.")


def test_factor_table_holds_the_target():
    rows = compute_factor_table(_factors(), **ABOUT).set_index("Channel")
    assert rows.loc["Search", "Target for the platform"] == "15 (12–18)"
    assert rows.loc["Search", "Incremental"] == "€200 k (160–240)"


def test_every_test_has_one_path():
    tests = pd.DataFrame(
        {
            "experiment": ["a", "b", "c"],
            "channel": ["search", "tv", "video"],
            "path": ["credit", "model", "none"],
            "reason": ["", "journeys do not see it", np.nan],
        }
    )
    assert describe_paths(tests) == (
        "Where 3 experiments speak: 1 in the factors of credit, 1 in the mix model and 1 not used. "
        "No test is counted twice."
    )
    assert compute_path_table(tests, labels=LABELS)["Path"].tolist() == [
        "in the factors of credit",
        "in the mix model",
        "not used",
    ]


def test_charts_have_a_panel_or_a_row_for_each_channel(table):
    axes = plot_returns_by_source(table, labels=LABELS, names=NAMES, unified=UNIFIED, truth={"search": 1.9})
    assert [ax.get_title(loc="left") for ax in axes] == ["Search", "Video", "TV"]
    rows = plot_budgets_by_source(table, labels=LABELS, names=NAMES, unified=UNIFIED).get_yticklabels()
    assert [t.get_text() for t in rows] == ["Search", "Video", "TV"]
    assert len(plot_factors(_factors(), **ABOUT).get_yticklabels()) == 2
