"""The sentence that says what to do, and the one that says why nothing is said."""

import pandas as pd
import pytest

from mmm_helpers.decisions.scenarios import FOLLOW
from mmm_helpers.report.advice import advise, describe_plan, moved_share, net_moves, withheld
from mmm_helpers.report.grouped import group_labels, merge_channels

LABELS = {"tv": "TV", "search": "Search", "display": "Display", "email": "Email", "social": "Social"}


def _plan(**recommended: float) -> pd.DataFrame:
    """One region; today every channel has 1300, a hundred a week over 13 weeks."""
    rows = [
        {"region": "R1", "channel": c, "current": 1300.0, "recommended": r, "lower": 1000.0, "upper": 1600.0}
        for c, r in recommended.items()
    ]
    return pd.DataFrame(rows).assign(cause_mark="observational")


def _scenarios(p_loss: float = 0.12) -> pd.DataFrame:
    change = {f"outcome_change_{k}": v for k, v in {"mean": 950.0, "q05": 200.0, "q95": 1700.0}.items()}
    return pd.DataFrame([{"scenario": FOLLOW, "p_loss": p_loss} | change])


def _health(**status: str) -> pd.DataFrame:
    return pd.DataFrame([{"part": p, "check": f"{p} check", "status": s} for p, s in status.items()])


FINE = _health(computation="pass", plausibility="pass", prediction="fail")


def _sentence(plan: pd.DataFrame, scenarios: pd.DataFrame | None = None, **options) -> str:
    scenarios = _scenarios() if scenarios is None else scenarios
    return describe_plan(plan, scenarios, labels=LABELS, currency="EUR", **options)


MOVE = _plan(tv=1170.0, search=1430.0)


def test_amount_is_per_week():
    assert _sentence(MOVE).startswith("Move €10 a week from TV to Search: ")


def test_gain_stands_with_its_interval_and_horizon():
    assert "+€0.95 k (+0.20 to +1.70) over 13 weeks" in _sentence(MOVE)


def test_chance_of_a_loss_is_said():
    assert _sentence(MOVE).endswith("; 12 % chance of a loss.")


def test_another_horizon_spreads_the_amount_over_it():
    text = _sentence(MOVE, horizon=26)
    assert text.startswith("Move €5.0 a week")
    assert "over 26 weeks" in text


def test_monthly_plans_speak_of_months():
    text = _sentence(MOVE, horizon=1, unit="month")
    assert text.startswith("Move €130 a month")
    assert "over 1 month;" in text


def test_largest_moves_are_named_first_and_the_rest_counted():
    plan = _plan(tv=1100.0, display=1200.0, email=1290.0, search=1610.0)
    assert "from TV, Display and others to Search" in _sentence(plan)


def test_two_sources_are_both_named():
    assert "from TV and Display to Search" in _sentence(_plan(tv=1100.0, display=1200.0, search=1600.0))


def test_moves_left_by_rounding_are_not_named():
    assert "from TV to Search:" in _sentence(_plan(tv=1170.0, search=1430.0, display=1299.99999))


def test_moves_between_regions_of_one_channel_are_said_so():
    north, south = _plan(tv=1170.0), _plan(tv=1430.0).assign(region="R2")
    text = _sentence(pd.concat([north, south]))
    assert text.startswith("Move €10 a week between regions within the same channels: ")


def test_no_move_keeps_todays_plan():
    assert _sentence(_plan(tv=1300.0, search=1300.0)).startswith(
        "Keep today's plan: no move within the bounds"
    )


def test_locked_cells_ask_for_tests():
    locked = _plan(tv=1300.0).assign(lower=1300.0, upper=1300.0)
    assert _sentence(locked).startswith("Keep today's plan and test first")


def test_one_free_cell_has_nowhere_to_move_to():
    plan = _plan(tv=1300.0, search=1300.0)
    plan.loc[0, ["lower", "upper"]] = 1300.0
    assert "only one number is sure enough" in _sentence(plan)


def test_a_market_that_spent_nothing_is_not_told_to_keep_its_plan():
    text = advise(MOVE.head(0), _scenarios(), FINE, labels=LABELS, currency="EUR", preview=False)
    assert text == "No recommendation: nothing was spent in the last year that could be moved."


def test_a_group_moves_under_one_name():
    groups = pd.DataFrame([{"group": "tv+display", "channels": "tv|display", "decision_grade": True}])
    plan = merge_channels(_plan(tv=1170.0, display=1170.0, search=1560.0), groups)
    text = describe_plan(plan, _scenarios(), labels=group_labels(LABELS, groups), currency="EUR")
    assert text.startswith("Move €20 a week from TV and Display to Search: ")


def test_a_move_below_half_a_per_cent_is_none():
    assert _sentence(_plan(tv=1295.0, search=1305.0)).startswith("Keep today's plan")


def test_unknown_chance_is_not_written_as_nan():
    assert "nan" not in _sentence(MOVE, _scenarios(p_loss=float("nan")))


def test_moved_share_counts_what_grows():
    assert moved_share(MOVE) == pytest.approx(130 / 2600)


def test_an_empty_plan_moves_nothing():
    assert moved_share(MOVE.head(0)) == 0.0


def test_net_moves_sum_over_regions():
    plan = pd.concat([MOVE, _plan(tv=1400.0).assign(region="R2")])
    assert net_moves(plan).to_dict() == pytest.approx({"search": 130.0, "tv": -30.0})


@pytest.mark.parametrize("part", ["computation", "plausibility"])
def test_failed_health_withholds_and_names_the_check(part):
    text = withheld(_health(**{part: "fail"}), preview=False)
    assert text == f"No recommendation: the model failed its health check ({part} check)."


def test_a_weak_forecast_does_not_withhold():
    assert withheld(FINE, preview=False) == ""


def test_a_preview_withholds():
    assert withheld(FINE, preview=True) == "No recommendation: this run is a preview."


def _advice(health: pd.DataFrame, *, preview: bool = False, **options) -> str:
    return advise(MOVE, _scenarios(), health, labels=LABELS, currency="EUR", preview=preview, **options)


def test_advice_moves_money_where_the_gate_passed():
    assert _advice(FINE).startswith("Move ")


def test_advice_passes_the_horizon_on():
    assert "over 26 weeks" in _advice(FINE, horizon=26)


@pytest.mark.parametrize("preview", [True, False])
def test_advice_names_no_amount_where_withheld(preview):
    text = _advice(_health(computation="fail"), preview=preview)
    assert "Move" not in text
    assert "€" not in text


def test_advice_without_an_experiment_says_so():
    text = advise(MOVE, _scenarios(), FINE, labels=LABELS, currency="EUR", preview=False)
    assert text.endswith(" Untested by experiment.")


def test_advice_on_tested_channels_does_not():
    plan = MOVE.assign(cause_mark="tested")
    assert "Untested" not in advise(plan, _scenarios(), FINE, labels=LABELS, currency="EUR", preview=False)


def test_advice_on_partly_tested_channels_counts_the_moves():
    plan = MOVE.assign(cause_mark=["tested", *["observational"] * (len(MOVE) - 1)])
    text = advise(plan, _scenarios(), FINE, labels=LABELS, currency="EUR", preview=False)
    moved = (plan["recommended"] != plan["current"]).sum()
    assert text.endswith(f" {moved - 1} of {moved} moves are untested by experiment.")
