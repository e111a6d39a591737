"""Refits under one change at a time: that the change reaches the sampler, and what each study is made of."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from mmm_helpers.model.bench import REFERENCE, Variant
from mmm_helpers.model.elpd import Scores
from mmm_helpers.model.given import unknown_ahead
from mmm_helpers.model.studies import (
    STUDIES,
    build_up,
    carry_over,
    controls,
    expected_refits,
    family,
    find_ties,
    only_channels,
    order_by_spend,
    placebo,
    refresh,
    shuffled,
    without_control,
)


def _rng():
    return np.random.default_rng(0)


def test_channels_come_by_spend_and_unpaid_ones_last(small_design):
    spend = np.zeros((60, 2, 3))
    spend[:, :, 1] = 5.0
    spend[:, :, 0] = 1.0
    assert order_by_spend(small_design(spend=spend)) == ["search", "tv", "organic"]


def test_other_channels_are_set_to_zero(small_design):
    design = small_design()
    kept = only_channels(design, ["search"])
    assert np.array_equal(kept.media[:, :, 1], design.media[:, :, 1])
    assert not kept.media[:, :, [0, 2]].any()


def test_a_control_left_out_is_zero(small_design):
    design = small_design()
    left = without_control(design, "price")
    assert not left.controls[:, :, 0].any()
    assert np.array_equal(left.controls[:, :, 1], design.controls[:, :, 1])


def test_shuffling_keeps_the_weeks_and_the_regions_together(small_design):
    design = small_design()
    mixed = shuffled(design, "tv", rng=_rng())
    weeks = {tuple(week) for week in design.media[:, :, 0]}
    assert {tuple(week) for week in mixed.media[:, :, 0]} == weeks
    assert not np.array_equal(mixed.media[:, :, 0], design.media[:, :, 0])
    assert np.array_equal(mixed.media[:, :, 1:], design.media[:, :, 1:])


def test_shuffled_blocks_are_as_long_as_the_carry_over(small_design):
    design = small_design()
    mixed = shuffled(design, "tv", rng=_rng()).media[:, 0, 0]
    where = {value: t for t, value in enumerate(design.media[:, 0, 0])}
    follows = [where[b] == where[a] + 1 for a, b in pairwise(mixed)]
    assert sum(follows) >= 60 - 60 // 4


def test_a_channel_is_shuffled_since_its_start_only(small_design):
    design = small_design()
    media = design.media.copy()
    media[:20, :, 0] = 0.0
    assert not shuffled(replace(design, media=media), "tv", rng=_rng()).media[:20, :, 0].any()


def test_ties_are_those_within_one_standard_error_of_the_best(small_design):
    design, rng = small_design(periods_per_year=12.0), _rng()
    noise = rng.normal(0, 1, 100)
    elpds = {"best": np.zeros(100), "near": noise - noise.mean() - 0.05, "far": noise - noise.mean() - 0.5}
    variants = [
        Variant(name, design, None, scores=Scores(elpd, np.arange(100), 0)) for name, elpd in elpds.items()
    ]
    assert find_ties(design, variants).tolist() == [True, True, False]


@dataclass
class Bare:
    """A bench that fits nothing: it returns the design that it was given, and counts."""

    design: object
    settings: dict
    pooling: str = "partial"
    seed: int = 1
    start: int | None = 77

    def __post_init__(self):
        self.made, self.compiled, self.remade = [], [], []

    def refit(self, name, design, *, program=None, base=REFERENCE):
        self.made.append(name)
        return Variant(name, design, None, base=base, crps=float(len(self.made)))

    def compile(self, design, **how):
        self.compiled.append((design, how))

    def remake(self, settings):
        self.remade.append(settings)
        return self.design

    def hide(self, design):
        return design.hide_from(self.start)

    def scored(self, variant):
        return variant

    def compared(self, variant):
        return variant.having(scores=Scores(np.zeros(50), np.arange(50), 0))

    @property
    def reference(self):
        return self.compared(Variant(REFERENCE, self.design, None))

    @property
    def before(self):
        return Variant(REFERENCE, self.hide(self.design), None, crps=99.0)


@pytest.fixture
def bare(small_design) -> Bare:
    settings = {"l_max": 4, "channels": {"tv": {}, "search": {"l_max": 2}}}
    return Bare(small_design(2, 90), settings)


def test_the_model_is_built_up_one_step_at_a_time(bare):
    steps = build_up(bare)
    assert [s.name for s in steps] == ["baseline", "controls", "tv", "search", "organic"]
    assert [s.base for s in steps[1:]] == ["baseline", "controls", "tv", "search"]
    running = [int(s.design.media.any(axis=(0, 1)).sum()) for s in steps]
    assert running == [0, 0, 1, 2, 3]
    assert [bool(s.design.controls.any()) for s in steps] == [False, True, True, True, True]


def test_every_step_is_blind_to_the_hidden_quarter(bare):
    assert not any(s.design.observed[77:].any() for s in build_up(bare))


def test_a_steps_value_is_the_change_of_its_score(bare):
    assert [s.value for s in build_up(bare)[1:]] == [1.0, 1.0, 1.0, 99.0 - 4.0]


def test_refresh_takes_away_a_week_a_month_and_a_quarter(bare):
    variants = refresh(bare)
    assert [v.name for v in variants] == [REFERENCE, "1 fewer", "4 fewer", "13 fewer"]
    assert [int(v.design.observed.any(axis=1).sum()) for v in variants] == [86, 85, 82, 73]
    assert len(bare.made) == 2  # a quarter fewer is the fit before the hidden quarter


def test_a_short_history_is_not_cut_below_what_a_fit_needs(small_design):
    names = [v.name for v in refresh(Bare(small_design(2, 40), {}, start=None))]
    assert names == [REFERENCE, "1 fewer", "4 fewer"]


def test_each_control_is_left_out_once(bare):
    assert [v.name for v in controls(bare)] == [REFERENCE, "without price", "without holiday"]


def test_twice_the_carry_over_reaches_every_channel(bare):
    carry_over(bare)
    assert bare.remade == [{"l_max": 8, "channels": {"tv": {}, "search": {"l_max": 4}}}]
    assert bare.settings["l_max"] == 4


def test_every_other_family_is_tried_for_all_channels(bare):
    variants = family(bare)
    assert [v.name for v in variants[1:]] == [
        "adstock: delayed", "adstock: weibull", "saturation: logistic", "saturation: michaelis_menten",
        "saturation: log",
    ]  # fmt: skip
    assert variants[1].design.adstock == ("delayed",) * 3
    assert sum(v.value for v in variants) == pytest.approx(1.0)


@pytest.mark.parametrize("study", ["pooling", "between_sd", "spillover"])
def test_a_market_of_one_region_has_nothing_to_share(study, small_design):
    assert STUDIES[study](Bare(small_design(1, 90), {})) == []


def test_every_study_has_an_estimate_of_its_work(bare):
    assert set(expected_refits(bare.design)) == set(STUDIES)


# From here on with the sampler.


def test_a_compiled_model_takes_other_data(bench):
    whole = bench.reference.draws["log_effect_market"]
    dark = bench.refit("dark", only_channels(bench.design, ["search", "organic"])).draws["log_effect_market"]
    assert whole.sel(channel="tv").std() < 0.5
    assert dark.sel(channel="tv").std() == pytest.approx(0.9, rel=0.2)
    assert dark.sel(channel="tv").mean() == pytest.approx(0.0, abs=0.2)


def test_a_control_left_out_stays_at_its_prior(bench):
    known, unknown = (
        float(bench.refit("", design).draws["control_effect"].sel(control="price").std())
        for design in (bench.design, without_control(bench.design, "price"))
    )
    assert unknown > 10 * known


def test_with_everything_hidden_only_the_prior_is_left(bench):
    nothing = replace(bench.design, observed=np.zeros_like(bench.design.observed))
    prior = bench.refit("prior", nothing).draws["log_effect_market"]
    assert prior.std("sample").to_numpy() == pytest.approx(np.full(3, 0.9), rel=0.25)


def test_the_reference_is_fitted_once(bench):
    assert bench.reference is bench.reference
    assert bench.before.draws is not bench.reference.draws


def test_a_forecast_of_the_hidden_quarter_is_scored(bench):
    assert bench.start == 77
    assert 0 < bench.before.crps < 200  # the outcome is 3,000 a week, its noise 3 % in each region


def test_a_control_that_drives_the_outcome_is_missed(bench):
    left = next(v for v in controls(bench) if v.name == "without price")
    assert left.elpd < -2 * left.elpd_se


def test_a_channel_without_its_timing_is_credited_with_less(bench):
    shares = {v.name: v.value for v in placebo(bench) if v.channels == ("tv",)}
    assert shares["shuffled"] < 0.5 * shares[REFERENCE]


def test_unknown_controls_are_those_of_the_specification(bench):
    assert bench.unknown == unknown_ahead(bench.settings) == ["price"]
