"""Charts: they show what the table says, and cope with what is missing."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report import style
from mmm_helpers.report.budget import plots_budget
from mmm_helpers.report.data import plots_data
from mmm_helpers.report.model import plots_curves, plots_decomposition, plots_effects, plots_fit

mpl.use("agg")
LABELS = {"tv": "TV", "social": "Paid social", "organic": "Organic"}
LOOK = {"labels": LABELS, "colors": style.channel_colors(LABELS)}
DATES = pd.date_range("2025-01-06", periods=8, freq="7D")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture
def panel() -> pd.DataFrame:
    rows = pd.DataFrame({"date": np.tile(DATES, 2), "region": np.repeat(["a", "b"], 8)})
    rows["outcome"] = np.r_[np.arange(8.0), 10 * np.arange(8.0)]
    rows["spend_tv"] = np.r_[np.arange(8.0), 5 * np.arange(8.0)]
    rows["spend_social"] = np.r_[-np.arange(8.0) + 9, -np.arange(8.0) + 9]
    rows["activity_organic"] = 3.0
    rows.loc[2, "spend_social"] = np.nan
    return rows


@pytest.fixture
def effects() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel": ["tv", "social", "organic"],
            "spend": [300.0, 100.0, np.nan],
            "landed_mean": [300.0, 300.0, 50.0],
            "roas_mean": [1.0, 3.0, np.nan],
            "roas_q05": [0.5, 2.0, np.nan],
            "roas_q95": [1.5, 50.0, np.nan],
            "data_tier": ["local", "transferred", "local"],
        }
    )


def names(ax) -> list[str]:
    return [t.get_text() for t in ax.get_yticklabels()]


def texts(ax) -> str:
    return " ".join(t.get_text() for t in ax.texts)


def test_largest_region_comes_first(panel):
    assert plots_data.regions_by_size(panel) == ["b", "a"]


def test_outcome_axis_starts_at_zero(panel):
    assert plots_data.plot_outcome(panel, currency="EUR")[0].get_ylim()[0] == 0


def test_no_more_than_six_regions_are_drawn(panel):
    many = pd.concat([panel.assign(region=f"r{i}") for i in range(9)])
    assert len(plots_data.plot_outcome(many, currency="EUR")) == 6
    assert "6 largest of 9 regions" in plots_data.regions_sentence(many)


def test_correlation_is_taken_within_regions(panel):
    correlation = plots_data.compute_correlation(panel, labels=LABELS)
    assert correlation.loc["Outcome", "TV"] == pytest.approx(0.99, abs=0.01)
    assert correlation.loc["TV", "Paid social"] < -0.5


def test_unknown_spend_is_not_shown_as_nothing_spent(panel):
    status = pd.DataFrame({"channel": list(LABELS), "status": ["active", "active", "active"]})
    activity = plots_data.compute_activity(panel, status, channels=list(LABELS))
    assert plots_data.STATES[activity.loc["social", DATES[2]]] == "unknown"
    assert plots_data.STATES[activity.loc["tv", DATES[0]]] == "nothing spent"
    assert plots_data.STATES[activity.loc["organic", DATES[0]]] == "spent"


def test_a_region_that_begins_later_does_not_make_a_channel_unknown(panel):
    late = (panel["region"] == "b") & panel["date"].isin(DATES[:3])
    panel.loc[late, ["outcome", "spend_tv"]] = np.nan
    status = pd.DataFrame({"channel": ["tv"], "status": ["active"]})
    activity = plots_data.compute_activity(panel, status, channels=["tv"])
    assert [plots_data.STATES[s] for s in activity.loc["tv", DATES[:2]]] == ["nothing spent", "spent"]


def test_absent_channel_is_not_shown_as_nothing_spent(panel):
    status = pd.DataFrame({"channel": ["tv"], "status": ["absent"]})
    activity = plots_data.compute_activity(panel, status, channels=["tv"])
    assert (activity.loc["tv"] == plots_data.STATES.index("absent")).all()


def test_returns_are_ordered_and_unpaid_channels_left_out(effects):
    assert names(plots_effects.plot_roas(effects, **LOOK)) == ["Paid social", "TV"]


def test_cut_interval_still_says_its_number(effects):
    ax = plots_effects.plot_roas(effects, **LOOK)
    assert "3.0 (2.0–50)" in texts(ax)


def test_break_even_is_omitted_where_the_margin_is_unknown(effects):
    assert "break-even" not in texts(plots_effects.plot_roas(effects, **LOOK))
    assert "break-even" in texts(plots_effects.plot_roas(effects, **LOOK, break_even=2.5))


def test_a_reason_is_short_enough_to_stand_beside_a_chart(effects):
    told = effects.assign(reason=[FOLLOWS, "mostly prior", ""])
    tv, social = (t.get_text() for t in plots_effects.plot_roas(told, **LOOK).texts)
    assert [line.splitlines()[-1].split("  ")[-1] for line in (tv, social)] == [
        "mostly prior",
        "follows demand",
    ]


def test_returns_in_words(effects):
    assert "Paid social 3.0 (2.0–50) and TV 1.0 (0.50–1.5)" in plots_effects.describe_roas(
        effects, labels=LABELS
    )


def test_shares_are_of_paid_channels_and_add_up(effects):
    shares = plots_effects.compute_shares(effects)
    assert shares["channel"].tolist() == ["tv", "social"]
    assert shares["spend_share"].tolist() == [0.75, 0.25]
    assert shares["effect_share"].tolist() == [0.5, 0.5]


def test_shares_are_drawn_for_each_channel(effects):
    ax = plots_effects.plot_shares(plots_effects.compute_shares(effects), **LOOK)
    assert "75 % of spend" in texts(ax)
    assert "50 % of effect" in texts(ax)


def test_unsupported_spend_is_shaded():
    spend = np.linspace(0, 100, 5)
    curves = pd.DataFrame({"channel": "tv", "spend": spend, "response_mean": spend})
    curves = curves.assign(
        response_q05=0.8 * spend, response_q95=1.2 * spend, current_spend=40.0, support_q95=75.0
    )
    (ax,) = plots_curves.plot_response_curves(curves, **LOOK, currency="EUR")
    (shade,) = [p for p in ax.patches if p.get_width() < 100]
    assert (shade.get_x(), shade.get_width()) == (75.0, 25.0)


def test_short_half_life_has_no_false_precision():
    carry = pd.DataFrame(
        {"channel": "tv", "lag": [0, 1], "weight_mean": [0.9, 0.1], "weight_q05": [0.8, 0.0]}
    )
    carry = carry.assign(weight_q95=[1.0, 0.2], half_life_mean=0.3)
    (ax,) = plots_curves.plot_carryover(carry, **LOOK)
    assert "under 1 week" in texts(ax)


def test_shrinkage_copes_with_a_region_without_own_estimate():
    rows = pd.DataFrame({"region": ["a", "b"], "channel": "tv", "own_mean": [1.0, np.nan]})
    rows = rows.assign(own_q05=[0.1, np.nan], own_q95=[3.0, np.nan])
    rows = rows.assign(pooled_mean=1.2, pooled_q05=0.9, pooled_q95=1.6)
    (ax,) = plots_curves.plot_shrinkage(rows, **LOOK)
    assert names(ax) == ["a", "b"]


@pytest.fixture
def decomposition() -> pd.DataFrame:
    parts = {"baseline": 70.0, "trend": 5.0, "control:price_index": -10.0, "channel:tv": 30.0, "fitted": 95.0}
    rows = [{"date": d, "component": c, "value_mean": v} for d in DATES for c, v in parts.items()]
    return pd.DataFrame(rows)


def test_groups_add_up_to_the_fitted_outcome(decomposition):
    groups = plots_decomposition.compute_groups(decomposition)
    assert groups.columns.tolist() == ["base", "controls", "tv"]
    assert groups.sum(axis=1).tolist() == [95.0] * 8


def test_groups_do_not_count_regions_and_their_total_twice(decomposition):
    both = pd.concat([decomposition.assign(region="all"), decomposition.assign(region="Nord")])
    assert plots_decomposition.compute_groups(both).sum(axis=1).tolist() == [95.0] * 8


@pytest.fixture
def contributions() -> pd.DataFrame:
    means = {"controls": -10.0, "social": 10.0, "total": 100.0, "base": 70.0, "tv": 30.0}
    rows = [{"group": g, "value_mean": v, "value_q05": v - 5, "value_q95": v + 5} for g, v in means.items()]
    return pd.DataFrame(rows)


def test_waterfall_starts_at_the_baseline_and_ends_at_the_total(contributions):
    steps = plots_decomposition.compute_waterfall(contributions)
    assert steps["group"].tolist() == ["base", "controls", "tv", "social", "total"]
    assert steps["start"].tolist() == [0.0, 70.0, 60.0, 90.0, 0.0]
    assert steps["end"].tolist() == [70.0, 60.0, 90.0, 100.0, 100.0]


def test_decomposition_in_words(contributions):
    steps = plots_decomposition.compute_waterfall(contributions[contributions["group"] != "social"])
    text = plots_decomposition.describe_decomposition(steps, labels=LABELS, currency="EUR")
    assert text == (
        "Of €100 (95–105) modelled outcome: Baseline €70.0 (65.0–75.0), Price, promotions, economy "
        "−€10.0 (−15.0 to −5.0) and TV €30.0 (25.0–35.0)."
    )


@pytest.mark.parametrize(
    ("amount", "base", "last"), [(5.0, "Baseline and controls", True), (-5.0, "overlap", False)]
)
def test_what_channels_add_together_is_stacked_and_overlap_joins_the_baseline(
    decomposition, amount, base, last
):
    joint = decomposition[decomposition["component"] == "trend"].assign(
        component="interaction:tv*social", value_mean=amount
    )
    groups = plots_decomposition.compute_groups(pd.concat([decomposition, joint]))
    ax = plots_decomposition.plot_decomposition(groups, **LOOK, currency="EUR")
    named = [t.get_text() for t in ax.get_legend().get_texts()]
    assert base in named[-1]
    assert (named[0] == plots_decomposition.JOINT_LABEL) == last
    top = max(p.get_extents().ymax for c in ax.collections for p in c.get_paths())
    assert top == pytest.approx(95.0 + amount)


def test_decomposition_charts_draw(decomposition, contributions):
    groups = plots_decomposition.compute_groups(decomposition)
    plots_decomposition.plot_decomposition(groups, **LOOK, currency="EUR")
    steps = plots_decomposition.compute_waterfall(contributions)
    ax = plots_decomposition.plot_waterfall(steps, **LOOK, currency="EUR")
    assert names(ax) == ["Baseline", "Price, promotions, economy", "TV", LABELS["social"], "Modelled outcome"]


@pytest.fixture
def fit() -> pd.DataFrame:
    rows = pd.DataFrame({"region": np.repeat(["a", "b"], 8), "date": np.tile(DATES, 2), "observed": 100.0})
    return rows.assign(fitted_mean=90.0, predicted_q05=80.0, predicted_q95=110.0)


def test_residuals_are_shares_of_the_regions_mean(fit):
    assert plots_fit.compute_residuals(fit)["residual"].tolist() == pytest.approx([0.1] * 16)


def test_fit_charts_draw(fit):
    assert len(plots_fit.plot_fit(fit, currency="EUR")) == 2
    plots_fit.plot_residuals(plots_fit.compute_residuals(fit))
    one = fit[fit["region"] == "a"].assign(predicted_mean=95.0)
    ax = plots_fit.plot_forecast(one.iloc[4:], one.iloc[:4], currency="EUR")
    assert ax.get_ylim()[0] == 0


@pytest.fixture
def plan() -> pd.DataFrame:
    rows = pd.DataFrame({"channel": ["social", "tv"], "current": [50.0, 100.0], "recommended": [50.0, 80.0]})
    return rows.assign(lower=[40.0, 80.0], upper=[60.0, 120.0])


def test_plan_says_what_changes_and_what_does_not(plan):
    ax = plots_budget.plot_budget(plan, **LOOK, currency="EUR")
    assert names(ax) == ["TV", "Paid social"]
    assert "(−20 %)" in texts(ax)
    assert "(unchanged)" in texts(ax)


def test_plan_in_words(plan):
    text = plots_budget.describe_budget(plan, labels=LABELS, currency="EUR")
    assert text == "Budget now and recommended: TV from €100 to €80.0 and Paid social from €50.0 to €50.0."


def test_scenario_shows_the_chance_of_a_loss():
    rows = pd.DataFrame({"scenario": ["Plan"], "outcome_change_mean": [95e3], "outcome_change_q05": [-20e3]})
    rows = rows.assign(outcome_change_q95=210e3, p_loss=0.12)
    ax = plots_budget.plot_scenarios(rows, currency="EUR")
    assert "+€95 k (−20 to +210)\nchance of a loss: 12 %" in texts(ax)


def test_channel_keeps_its_colour_whatever_else_a_market_has():
    assert style.channel_colors(LABELS)["social"] == style.channel_colors([*LABELS, "email"])["social"]
