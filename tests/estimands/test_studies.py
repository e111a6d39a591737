"""Rows of the table `studies`: returns as everywhere, movements in sds, mixtures, and what rivals imply."""

import numpy as np
import pytest

from mmm_helpers.estimands.effects import compute_channel_effects
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.studies import (
    STACKED,
    STUDY_COLUMNS,
    Returns,
    compute_study,
    mix,
    shift_in_sd,
    tabulate,
)
from mmm_helpers.intervals import SUFFIXES
from mmm_helpers.model.bench import REFERENCE, Variant


def _returns(values, *, above=True) -> Returns:
    values = np.asarray(values, float)
    return Returns(values, values, np.full(len(values), above))


def test_a_shift_is_in_sds_of_the_base_on_the_log_scale():
    base = _returns(np.exp([0.0, 1.0, 2.0]))
    moved = _returns(np.exp([1.5, 2.5, 3.5]))
    assert shift_in_sd(moved, base) == pytest.approx(1.5 / np.std([0.0, 1.0, 2.0]))


def test_returns_below_zero_are_compared_as_they_are():
    assert shift_in_sd(_returns([1.0, 3.0]), _returns([-1.0, 1.0])) == pytest.approx(2.0)


def test_a_mixture_weighs_models_not_draws():
    many, few = _returns(np.ones(300)), _returns(np.full(100, 3.0), above=False)
    mixed = mix({"a": many, "b": few, "c": few}, {"a": 0.25, "b": 0.75, "c": 0.0})
    assert np.average(mixed.roas, weights=mixed.weights) == pytest.approx(0.25 * 1 + 0.75 * 3)
    assert np.average(mixed.above, weights=mixed.weights) == pytest.approx(0.25)
    assert mixed.weights.sum() == pytest.approx(1.0)


@pytest.fixture(scope="module")
def money(bench) -> Money:
    return Money.of(bench.design, bench.settings)


@pytest.fixture(scope="module")
def refreshed(bench, money):
    return compute_study(bench, "refresh", money, margin=0.4)


def test_table_has_the_columns_of_the_contract(refreshed):
    assert list(refreshed) == STUDY_COLUMNS[:-1]


def test_each_variant_has_its_own_row_and_one_for_each_paid_channel(refreshed):
    channels = refreshed.groupby("variant", sort=False)["channel"].apply(list)
    assert list(channels.index) == [REFERENCE, "1 fewer", "4 fewer", "13 fewer"]
    assert all(own == ["all", "tv", "search"] for own in channels)


def test_the_reference_does_not_move(refreshed):
    shifts = refreshed.loc[refreshed["variant"] == REFERENCE, "shift_sd"].dropna()
    assert shifts.tolist() == [0.0, 0.0]


def test_a_week_more_moves_less_than_an_sd(refreshed):
    assert refreshed.loc[refreshed["variant"] == "1 fewer", "shift_sd"].abs().max() < 1


def test_returns_are_those_of_the_effects_table(bench, money):
    rows = tabulate([bench.reference], _last(bench.design), money, margin=0.4)
    effects = compute_channel_effects(bench.design, bench.reference.draws, money, margin=0.4)
    own = effects[(effects["region"] == "all") & (effects["window"] == "last 52 weeks")].set_index("channel")
    for row in rows[1:]:
        for name in (*(f"{v}_{s}" for v in ("roas", "mroas") for s in SUFFIXES), "p_above"):
            assert row[name] == pytest.approx(own.at[row["channel"], name])


def _last(design):
    from mmm_helpers.estimands.effects import windows

    return windows(design)[-1]


def test_advice_is_that_of_the_chance_to_pay(bench, money):
    rows = tabulate([bench.reference], _last(bench.design), money, margin=0.4)[1:]
    for row in rows:
        expected = "more" if row["p_above"] >= 0.8 else "less" if row["p_above"] <= 0.2 else "hold"
        assert row["advice"] == expected


def test_stacked_returns_lie_between_those_that_are_mixed(bench, money):
    first, second = bench.reference.having(value=0.5), bench.before.having(name="other", value=0.5)
    rows = tabulate([first, second], _last(bench.design), money, margin=0.4, stack=True)
    tv = {r["variant"]: r["roas_mean"] for r in rows if r["channel"] == "tv"}
    assert tv[STACKED] == pytest.approx((tv[REFERENCE] + tv["other"]) / 2)
    both = [r for r in rows if r["channel"] == "tv" and r["variant"] != STACKED]
    low = next(r["roas_q05"] for r in rows if r["channel"] == "tv" and r["variant"] == STACKED)
    assert min(r["roas_q05"] for r in both) <= low <= max(r["roas_q05"] for r in both)


def test_a_step_is_compared_with_the_one_before_it(bench, money):
    before = bench.before.having(name="tv", base=REFERENCE)
    after = bench.reference.having(name="search", base="tv")
    rows = tabulate([before, after], _last(bench.design), money, margin=0.4)
    shifts = {r["variant"]: r["shift_sd"] for r in rows if r["channel"] == "tv"}
    assert np.isnan(shifts["tv"])  # its base is not among the steps
    assert np.isfinite(shifts["search"])


def test_a_study_about_one_channel_has_that_channels_row_only(bench, money):
    variant = bench.reference.having(channels=("search",), value=0.07)
    (row,) = tabulate([variant], _last(bench.design), money, margin=0.4)
    assert (row["channel"], row["value"]) == ("search", 0.07)


def test_a_study_that_does_not_apply_has_no_rows(bench, money, monkeypatch):
    monkeypatch.setattr("mmm_helpers.estimands.studies.STUDIES", {"pooling": lambda bench: []})
    assert compute_study(bench, "pooling", money, margin=None).empty


@pytest.fixture(scope="module")
def compared(bench, money):
    return compute_study(bench, "comparison", money, margin=0.4)


def test_every_way_of_predicting_has_its_error(compared, bench):
    errors = compared[compared["channel"] == "all"].set_index("variant")["value"]
    assert list(errors.index) == [REFERENCE, "ols", "ridge", "boosting"]
    assert errors.between(0.0, 0.2).all()


def test_rivals_imply_a_return_but_no_interval(compared):
    rivals = compared[(compared["channel"] != "all") & (compared["variant"] != REFERENCE)]
    assert set(rivals["variant"]) == {"ridge", "boosting"}
    assert rivals["roas_mean"].notna().all()
    assert rivals["roas_q05"].isna().all()


def test_a_channel_that_explains_nothing_implies_less_than_one_that_does(compared, bench):
    ridge = compared[compared["variant"] == "ridge"].set_index("channel")["roas_mean"].drop("all")
    spend = dict(zip(bench.design.channels, bench.design.spend.sum(axis=(0, 1)), strict=True))
    assert abs(ridge["search"] * spend["search"]) < 0.5 * ridge["tv"] * spend["tv"]


def test_variants_say_what_they_are_about():
    variant = Variant("x", None, None)
    assert variant.having(note="short").note == "short"
    assert variant.note == ""
