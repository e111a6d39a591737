"""Sources side by side: nothing that is not observed is zero, and every row has its reason."""

import numpy as np
import pandas as pd

from mmm_helpers.attribution.reconcile import (
    NO_TEST,
    NOT_OBSERVED,
    OBSERVED,
    SOURCES,
    Facts,
    Said,
    add_budgets,
    compute_reconciliation,
    over_models,
)

WINDOW = (pd.Timestamp("2025-01-06"), pd.Timestamp("2025-12-22"))
SPEND = {"tv": 200.0, "search": 100.0}
SAID = {
    "last_click": Said({"search": (9.0, 8.0, 9.0, 10.0)}),
    "mta": Said({"search": (7.0, 6.0, 7.0, 8.0)}),
    "calibrated_mta": Said({"search": (2.0, 1.0, 2.0, 3.0)}),
    "mmm": Said({"tv": (1.5, 0.3, 1.4, 3.0), "search": (3.0, 2.5, 3.0, 3.5)}),
    "experiment": Said({"search": (2.2, 1.0, 2.2, 3.4)}),
    "unified": Said({"tv": (1.5, 0.3, 1.4, 3.0), "search": (2.5, 2.0, 2.5, 3.0)}),
}
FACTS = {"tv": Facts(seen=False), "search": Facts(lateness=0.6, tested=True, test_age=3.0)}


def table() -> pd.DataFrame:
    found = compute_reconciliation("DE", WINDOW, SPEND, SAID, FACTS)
    return found.set_index(["channel", "source"])


def test_every_channel_has_a_row_per_source_and_a_reason():
    found = table()
    assert found.index.tolist() == [(c, s) for c in SPEND for s in SOURCES]
    assert (found["reason"].str.len() > 10).all()
    assert found["reason"].str.endswith(".").all()


def test_not_observed_is_missing_and_never_zero():
    found = table().loc["tv"]
    silent = found.loc[["last_click", "mta", "calibrated_mta"]]
    assert (silent["status"] == NOT_OBSERVED).all()
    assert silent.filter(regex="roas|incremental").isna().all(axis=None)
    assert found.loc["experiment", "status"] == NO_TEST
    assert found.loc["mmm", "status"] == OBSERVED
    assert "not the same as no effect" in silent["reason"].iloc[0]


def test_money_is_return_times_spend():
    row = table().loc[("search", "unified")]
    assert (row["incremental_mean"], row["incremental_q05"], row["incremental_q95"]) == (250.0, 200.0, 300.0)


def test_reasons_follow_from_the_facts():
    reasons = table()["reason"]
    assert "late in journeys" in reasons["search", "last_click"]
    assert "would have come anyway" in reasons["search", "mta"]
    assert "own test" in reasons["search", "calibrated_mta"]
    assert "range is wide" in reasons["tv", "mmm"]
    assert "range is wide" not in reasons["search", "mmm"]
    assert "do not see" in reasons["tv", "unified"]
    old = compute_reconciliation("DE", WINDOW, SPEND, SAID, {"search": Facts(test_age=14.2)})
    assert "14 months" in old.set_index(["channel", "source"]).loc[("search", "experiment"), "reason"]


def test_models_of_credit_are_shown_with_what_they_disagree_about():
    assert over_models(np.array([1.0, 2.0, 6.0])) == (3.0, 1.0, 2.0, 6.0)


def test_budgets_are_added_by_source_and_channel():
    budgets = pd.DataFrame({"source": ["mmm"], "channel": ["tv"], "current": [50.0], "recommended": [60.0]})
    found = add_budgets(compute_reconciliation("DE", WINDOW, SPEND, SAID, FACTS), budgets)
    own = found.set_index(["channel", "source"])
    assert own.loc[("tv", "mmm"), ["current", "recommended"]].tolist() == [50.0, 60.0]
    assert own["recommended"].notna().sum() == 1
