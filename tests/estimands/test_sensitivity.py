"""The table `sensitivity` in every kind of market, and its parts against closed forms."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.effects import STEP, compute_effect, windows
from mmm_helpers.estimands.linearised import linearise
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.sensitivity import (
    COLUMNS,
    OVER,
    UNDER,
    Marginals,
    compute_sensitivity,
    last_marginals,
    needed_change,
)
from mmm_helpers.model.predict import components

PER_CHANNEL = ("channels", "paid", "effect_sd", "adstock", "saturation", "funnel", "lags", "national")


def _only(design, channel: int) -> dict:
    """Fields of a design with one of its channels."""
    last = {
        n: getattr(design, n)[..., [channel]]
        for n in ("spend", "media", "media_unit", "mean_media", "prior_share")
    }
    return last | {n: getattr(design, n)[channel : channel + 1] for n in PER_CHANNEL}


def _without_controls(design) -> dict:
    return {"control_names": [], "controls": design.controls[..., :0]}


def _dark(design) -> dict:
    """TV is off the air for the last year and more."""
    media = design.media.copy()
    media[15:, :, 0] = 0.0
    return {"media": media, "spend": media * design.media_unit * design.paid}


KINDS = {
    "plain": (2, lambda d: {}),
    "one region": (1, lambda d: {"regions": ["all"]}),
    "one channel": (2, lambda d: _only(d, 0)),
    "only unpaid": (2, lambda d: _only(d, 2)),
    "no controls": (2, _without_controls),
    "dark": (2, _dark),
    "monthly": (2, lambda d: {"periods_per_year": 12.0, "dates": pd.date_range("2018-01-01", periods=80, freq="MS")}),
    "drift": (2, lambda d: {"trend": "varying"}),
    "pair": (2, lambda d: {"interactions": (("tv", "search"),)}),
    "families": (2, lambda d: {"adstock": ("weibull", "delayed", "geometric"), "saturation": ("log",) * 3}),
}  # fmt: skip


def _draws(design, small_draws):
    draws = small_draws(design, draws=300)
    rng = np.random.default_rng(2)
    sizes = {"channel": len(design.channels), "pair": len(design.interactions), "date": len(design.dates)}
    extra = {
        "delay": (("sample", "channel"), rng.gamma(2.0, 0.5, (300, sizes["channel"]))),
        "weibull_shape": (("sample", "channel"), rng.uniform(0.8, 1.6, (300, sizes["channel"]))),
        "weibull_scale": (("sample", "channel"), rng.uniform(1.5, 2.5, (300, sizes["channel"]))),
    }
    if design.trend == "varying":
        extra["drift"] = (("sample", "date"), rng.normal(0, 0.01, (300, sizes["date"])))
    if design.interactions:
        extra["interaction"] = (("sample", "pair"), rng.normal(0, 0.01, (300, sizes["pair"])))
        draws = draws.assign_coords(pair=["*".join(p) for p in design.interactions])
    return draws.assign(**extra, log_effect_market=draws["log_effect"].mean("region"))


def _market(kind: str, small_design, small_draws):
    regions, change = KINDS[kind]
    design = small_design(regions, 80)
    design = small_design(regions, 80, **change(design))
    draws = _draws(design, small_draws)
    return design, draws, components(design, draws)


def _compute(design, draws, parts, *, margin: float | None = 0.4) -> pd.DataFrame:
    money = Money(rate=1.0, value=np.ones(len(design.regions)), is_revenue=True)
    known = np.ones(design.media.shape, bool)
    rng = np.random.default_rng(0)
    return compute_sensitivity(design, draws, draws, parts, money, margin=margin, known=known, rng=rng)


@pytest.fixture(scope="module", params=KINDS)
def market(request, small_design, small_draws):
    return request.param, *_market(request.param, small_design, small_draws)


@pytest.fixture(scope="module")
def plain(small_design, small_draws):
    return _market("plain", small_design, small_draws)


def test_every_kind_of_market_has_a_row_for_each_channel(market):
    kind, design, *fit = market
    table = _compute(design, *fit)
    assert list(table.columns) == COLUMNS
    assert table["channel"].tolist() == design.channels
    assert (
        np.isfinite(table[["prior_sensitivity", "likelihood_sensitivity"]]).all(axis=None) or kind == "dark"
    )
    paid = table.set_index("channel")["p_above"].notna()
    ran = design.spend[-52:].any(axis=(0, 1)) if kind != "monthly" else design.spend[-12:].any(axis=(0, 1))
    assert paid.tolist() == (design.paid & ran).tolist()


def test_every_advice_has_a_driver_that_would_change_it(market):
    kind, design, *fit = market
    table = _compute(design, *fit)
    advised = table[table["p_above"].notna()]
    assert advised["hidden_demand_needed"].between(0, 1).all()
    assert advised["hidden_demand_direction"].isin([OVER, UNDER]).all()
    assert advised["strongest_control"].isna().all() == (kind == "no controls" or advised.empty)
    rest = table[table["p_above"].isna()]
    assert (
        rest[["hidden_demand_needed", "times_strongest_control", "p_above_hidden_demand"]]
        .isna()
        .all(axis=None)
    )


def test_without_a_margin_returns_are_held_against_each_other(plain):
    table = _compute(*plain, margin=None)
    assert table["p_above"].dropna().between(0, 1).all()
    assert len(table["p_above"].dropna()) == 2


def test_the_last_year_alone_gives_the_same_returns(plain):
    design, draws, _ = plain
    money = Money(rate=1.0, value=np.ones(2), is_revenue=True)
    found = last_marginals(design, draws, money, margin=0.4)
    effect = compute_effect(design, draws, "tv", windows(design)[-1])
    assert found.gain["tv"] == pytest.approx(effect.incremental.sum(axis=1), rel=1e-9)
    assert found.mroas["tv"] == pytest.approx(
        effect.marginal.sum(axis=1) / (STEP * effect.spend.sum()), rel=1e-6
    )
    assert found.even == 2.5


def _factor(design, draws, parts, r2: float, direction: str) -> float:
    """What is left of the effect of search under a driver that explains `r2` of both, by plain least squares."""
    found = linearise(design, draws, parts, prior_sd=design.effect_sd)
    c, data = found.channels.index("search"), design.observed.sum()
    others = np.delete(found.columns, c, axis=1)
    own = found.columns[:, c] - others @ np.linalg.lstsq(others, found.columns[:, c], rcond=None)[0]
    left = found.outcome - found.columns @ np.linalg.lstsq(found.columns, found.outcome, rcond=None)[0]
    on_both = r2 * (own[:data] @ own[:data]) / (own @ own)
    bias = np.sqrt(r2 * on_both / (1 - on_both)) * np.linalg.norm(left) / np.linalg.norm(own)
    return 1 - bias if direction == OVER else 1 + bias


def test_a_driver_of_the_needed_strength_just_changes_the_advice(plain):
    design, draws, parts = plain
    money = Money(rate=1.0, value=np.ones(2), is_revenue=True)
    mroas = last_marginals(design, draws, money, margin=0.4).mroas["search"]
    row = _compute(design, draws, parts).set_index("channel").loc["search"]
    factor = _factor(*plain, row["hidden_demand_needed"], row["hidden_demand_direction"])
    # For "less" the bound is 20 %, for "more" 80 %; "hold" has both.
    chance = (factor * mroas > 2.5).mean()
    assert min(abs(chance - 0.2), abs(chance - 0.8)) < 0.01


def test_a_driver_of_the_break_even_strength_takes_the_mean_return_there(plain):
    design, draws, parts = plain
    money = Money(rate=1.0, value=np.ones(2), is_revenue=True)
    mean = last_marginals(design, draws, money, margin=0.4).mroas["search"].mean()
    strength = _compute(design, draws, parts).set_index("channel").at["search", "hidden_demand_break_even"]
    factor = _factor(*plain, strength, OVER if mean > 2.5 else UNDER)
    assert factor * mean == pytest.approx(2.5, rel=1e-4)


@pytest.mark.parametrize(
    ("low", "high", "even", "share", "direction"),
    [
        (1.0, 2.0, 1.0, 1 - 1 / 1.2, OVER),  # "more": an effect of 1 / 1.2 puts 80 % above break-even
        (1.0, 2.0, 2.0, 1 - 2 / 1.8, UNDER),  # "less": an effect of 2 / 1.8 puts 20 % above it
        (1.0, 2.0, 1.25, 1 - 1.25 / 1.2, UNDER),  # "hold", nearer to "more"
        (1.0, 2.0, 1.75, 1 - 1.75 / 1.8, OVER),  # "hold", nearer to "less"
    ],
)
def test_needed_change_is_that_to_the_nearest_bound(low, high, even, share, direction):
    assert needed_change(np.linspace(low, high, 10_001), even) == (pytest.approx(share, abs=1e-3), direction)


def test_chance_under_a_factor_is_that_of_the_scaled_return():
    returns = Marginals({}, {"tv": np.array([1.0, 2.0, 3.0, 4.0])}, 2.0)
    assert returns.chance("tv") == 0.5
    assert returns.chance("tv", factor=0.5) == 0.0
    assert returns.chance("tv", weights=np.array([0.0, 0.0, 1.0, 0.0])) == 1.0
    assert np.isnan(returns.chance("search"))


def test_more_noise_makes_every_advice_easier_to_overturn(small_design, small_draws):
    design = small_design(2, 80)
    draws = _draws(design, small_draws)
    parts = components(design, draws)
    explained = (parts["fitted"] - parts["shock"]).mean(axis=0)
    noise = np.random.default_rng(3).normal(size=explained.shape) * design.outcome_scale
    needed = [
        _compute(small_design(2, 80, outcome=explained + sd * noise), draws, parts)[
            "hidden_demand_needed"
        ].dropna()
        for sd in (0.02, 0.08)
    ]
    assert (needed[0] > needed[1]).all()


def test_placebo_is_corrected_for_all_channels(plain):
    table = _compute(*plain)
    assert table["placebo_p_adjusted"].tolist() == pytest.approx(
        np.minimum(1, 3 * table["placebo_p"]).tolist()
    )
