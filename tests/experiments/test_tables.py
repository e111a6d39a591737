"""The tables about experiments, on a simulated market whose tests have known truth."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.errors import FitError
from mmm_helpers.experiments import tables as module
from mmm_helpers.experiments.difference import estimate_difference
from mmm_helpers.experiments.tables import (
    COLUMNS,
    Units,
    compute_bayesian_rows,
    compute_experiment_tables,
    verdict,
)

WEEKS = pd.date_range("2023-01-02", periods=130, freq="7D")


@pytest.fixture(scope="module")
def panel():
    """Four regions; in A the channel goes dark for eight weeks and eleven weeks of outcome are 8 lower."""
    rng = np.random.default_rng(3)
    common, parts = rng.normal(0, 3, 130), []
    for region in "ABCD":
        spend = rng.uniform(8, 12, 130)
        outcome = 100 + common + rng.normal(0, 1.5, 130)
        if region == "A":
            spend[100:108] = 0.0
            outcome[100:111] -= 8.0
        parts.append(pd.DataFrame({"date": WEEKS, "region": region, "outcome": outcome, "spend_tv": spend}))
    return pd.concat(parts, ignore_index=True)


def _settings(*tests):
    return {"market": "DE", "l_max": 4, "channels": {"tv": {}}, "lift_tests": list(tests)}


DARK = {"experiment": "dark", "region": "A", "channel": "tv", "design": "go_dark", "start": "2024-12-02",
        "end": "2025-01-20", "spend_change": -80.0}  # fmt: skip
STATED = DARK | {"experiment": "stated", "region": "B|C", "design": "roas", "spend_change": 50.0,
                 "start": "2023-10-02", "end": "2023-10-23", "outcome_change": 100.0, "outcome_low": 80.0,
                 "outcome_high": 120.0}  # fmt: skip


@pytest.fixture(scope="module")
def tables(panel):
    return compute_experiment_tables(panel, _settings(DARK, STATED), Units(shown=2.0, money=2.0, spend=2.0))


def test_every_table_has_its_columns(tables):
    assert {name: list(table) for name, table in tables.items()} == COLUMNS
    assert all((table["market"] == "DE").all() for table in tables.values())


def test_measured_test_holds_the_truth(tables):
    row = tables["experiments"].set_index("experiment").loc["dark"]
    assert row["lift_q05"] < -8 * 11 * 2 < row["lift_q95"] < 0
    assert row["iroas_q05"] < 8 * 11 / 80 < row["iroas_q95"]
    assert row["p_value"] < 0.01
    assert row["spend_change"] == -160.0
    assert row["source"] == "measured"
    assert row["verdict"].startswith("an effect")


def test_stated_test_stands_as_it_was_stated(tables):
    row = tables["experiments"].set_index("experiment").loc["stated"]
    assert row["lift_mean"] == pytest.approx(200.0)
    assert (row["lift_q05"], row["lift_q95"]) == pytest.approx((160.0, 240.0))
    assert row["iroas_mean"] == pytest.approx(2.0)
    assert np.isnan(row["p_value"])


def test_other_tables_are_about_measured_tests(tables):
    for name in ("experiment_methods", "experiment_series", "experiment_balance", "experiment_placebos"):
        assert set(tables[name]["experiment"]) == {"dark"}
    series = tables["experiment_series"]
    assert series["period"].value_counts().to_dict() == {"before": 100, "test": 8, "cooldown": 3}
    gap = (series["observed"] - series["expected_mean"])[series["period"] != "before"]
    assert gap.sum() == pytest.approx(tables["experiments"].set_index("experiment").loc["dark", "lift_mean"])


def test_what_cannot_be_measured_says_why(panel):
    blank = DARK | {"region": "A|B|C|D"}
    row = compute_experiment_tables(panel, _settings(blank), Units(1, 1, 1))["experiments"].iloc[0]
    assert row["source"] == "not measured"
    assert "no region was left alone" in row["verdict"]


def test_pause_without_a_declaration_is_a_natural_experiment(panel):
    table = compute_experiment_tables(panel, _settings(), Units(1, 1, 1))["experiments"]
    assert table["kind"].tolist() == ["natural"]
    assert table["iroas_mean"].iloc[0] == pytest.approx(8 * 11 / 80, rel=0.25)


def test_market_without_anything_has_empty_tables(panel):
    calm = panel.assign(spend_tv=10.0)
    assert all(t.empty for t in compute_experiment_tables(calm, _settings(), Units(1, 1, 1)).values())


def test_verdict_follows_the_p_value_or_the_stated_range():
    assert verdict({"iroas_q05": -1.0, "iroas_q95": 2.0}, np.nan, []) == "no effect told from chance"
    assert verdict({"iroas_q05": 0.2, "iroas_q95": 2.0}, np.nan, []) == "an effect"
    assert verdict({"iroas_q05": 0.2, "iroas_q95": 2.0}, 0.3, []) == "no effect told from chance"


def test_bayesian_rows_are_totals_in_the_units_of_the_table(panel, tables, monkeypatch):
    monkeypatch.setattr(module, "estimate_bayesian", estimate_difference)
    rows = compute_bayesian_rows(panel, _settings(DARK, STATED), Units(shown=2.0, money=2.0, spend=2.0))
    other = tables["experiment_methods"].set_index("method").loc["difference"]
    assert rows[["experiment", "method"]].to_numpy().tolist() == [["dark", "bayesian"]]
    assert rows["lift_mean"].iloc[0] == pytest.approx(other["lift_mean"])


def test_chains_that_disagree_leave_the_test_out_and_say_why(panel, monkeypatch, capsys):
    def refuse(test):
        raise FitError("the chains do not agree")

    monkeypatch.setattr(module, "estimate_bayesian", refuse)
    assert compute_bayesian_rows(panel, _settings(DARK), Units(1, 1, 1)).empty
    assert "dark: the chains do not agree" in capsys.readouterr().out
