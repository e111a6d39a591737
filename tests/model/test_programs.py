"""One program serves every design of the same structure: all numbers of a design are data."""

from dataclasses import replace

import numpy as np
import pytest

FAST = "FAST_COMPILE"
OPTIONS = {
    "plain": {},
    "attributes, drift and tide": {
        "predictor_names": ["income"],
        "predictors": np.array([[1.0], [-1.0]]),
        "trend": "varying",
        "varying_media": True,
    },
    "families, reach, pairs and spillover": {
        "adstock": ("geometric", "delayed", "weibull"),
        "saturation": ("hill", "log", "logistic"),
        "lags": np.array([4, 6, 3]),
        "interactions": (("tv", "search"),),
        "spillover": True,
    },
}


def _other_numbers(design):
    """A design of the same structure in which every array is another."""
    rng = np.random.default_rng(5)
    media = design.media * rng.uniform(0.5, 2, design.media.shape)
    return replace(
        design,
        outcome=design.outcome * rng.uniform(0.8, 1.2, design.outcome.shape),
        observed=np.roll(design.observed, 3, axis=0),
        media=media,
        mean_media=media.mean(axis=0),
        prior_share=design.prior_share * rng.uniform(0.5, 2, design.prior_share.shape),
        effect_sd=rng.uniform(0.3, 1.2, len(design.channels)),
        controls=rng.normal(size=design.controls.shape),
        outcome_scale=design.outcome_scale * [1.1, 0.7],
        national=np.array([True, False, False]),
        predictors=design.predictors * 2,
        funnel=("lower", "upper", "middle"),
    )


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_all_numbers_of_a_design_are_data(small_design, options):
    from mmm_helpers.model.build import build_model
    from mmm_helpers.model.programs import structure

    design = small_design(2, 70, **options)
    if options.get("interactions"):
        design = replace(design, interactions=(tuple(design.channels[:2]),))
    other = _other_numbers(design)
    assert structure(design) == structure(other)
    one, two = (build_model(d).model for d in (design, other))
    function = one.compile_logp(mode=FAST)
    rng = np.random.default_rng(1)
    point = {k: np.asarray(v) + rng.normal(0, 0.2, np.shape(v)) for k, v in one.initial_point().items()}
    before = float(function(point))
    for variable in two.data_vars:
        one[variable.name].set_value(variable.get_value())
    expected = float(two.compile_logp(mode=FAST)(point))
    assert float(function(point)) == pytest.approx(expected, abs=1e-8)
    assert abs(before - expected) > 1


def test_a_shorter_history_is_other_data(small_design):
    from mmm_helpers.model.build import build_model
    from mmm_helpers.model.programs import structure

    design, shorter = small_design(2, 120), small_design(2, 70)
    assert structure(design) == structure(shorter)
    one, two = (build_model(d).model for d in (design, shorter))
    function, point = one.compile_logp(mode=FAST), one.initial_point()
    for variable in two.data_vars:
        one[variable.name].set_value(variable.get_value())
    assert float(function(point)) == pytest.approx(float(two.compile_logp(mode=FAST)(point)), abs=1e-8)


def test_what_has_a_value_at_every_date_is_bound_to_its_dates(small_design):
    from mmm_helpers.model.programs import structure

    one, two = (small_design(2, periods, trend="varying") for periods in (120, 70))
    assert structure(one) != structure(two)


@pytest.mark.parametrize(
    "change",
    [
        {"regions": ["A", "B"]},
        {"control_names": ["x", "y"]},
        {"adstock": ("delayed",) * 3},
        {"saturation": ("log",) * 3},
        {"lags": np.array([4, 4, 5])},
        {"trend": "varying"},
        {"serial": False},
        {"shock": False},
        {"spillover": True},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_shapes_a_program_tells_designs_apart(small_design, change):
    from mmm_helpers.model.programs import structure

    assert structure(small_design(2)) != structure(small_design(2, **change))


def test_a_program_is_compiled_once_for_designs_of_one_structure(small_design, monkeypatch):
    from mmm_helpers.model import programs

    compiled = []

    class Program:
        shared_var_keys = ()

        def with_data(self, **data):
            return self

    monkeypatch.setattr(programs, "compile_model", lambda model: compiled.append(model) or Program())
    monkeypatch.setattr(programs, "_KEPT", type(programs._KEPT)())
    design = small_design(2)
    programs.compiled_for(design)
    programs.compiled_for(_other_numbers(design))
    assert len(compiled) == 1
    programs.compiled_for(design, pooling="none")
    assert len(compiled) == 2
