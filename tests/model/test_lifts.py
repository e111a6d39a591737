"""Experiments in the model: their cells, their counterfactual spend, and what is expected of them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from mmm_helpers.model.lifts import (
    NO_LIFTS,
    conflict_probability,
    counterfactual_media,
    expected_lifts,
    with_lifts,
)
from mmm_helpers.model.predict import channel_contribution


def _test(design, first=40, last=45, **changes):
    own = {"experiment": "dark", "channel": "search", "regions": ("R1", "R2"), "spend_change": -900.0}
    return (
        own | {"start": design.dates[first], "end": design.dates[last], "lift": -500.0, "sd": 100.0} | changes
    )


def test_cells_of_a_test_and_its_cool_down_leave_the_likelihood(small_design):
    design = small_design(3, 70)
    tested = with_lifts(design, [_test(design)])
    gone = design.observed & ~tested.observed
    expected = np.zeros_like(gone)
    expected[40:49, :2] = True  # 6 periods of test, and the 3 after them that the channel's 4 lags reach
    assert (gone == expected).all()
    assert len(tested.lifts.test) == 9 * 2
    assert tested.lifts.last.tolist() == [48]


def test_test_at_the_end_of_the_data_counts_what_the_data_hold(small_design):
    design = small_design(2, 70)
    assert with_lifts(design, [_test(design, 66, 69)]).lifts.last.tolist() == [69]


def test_channel_that_the_market_lacks_is_no_test(small_design):
    design = small_design(2, 70)
    assert with_lifts(design, [_test(design, channel="radio")]) is design
    assert len(design.lifts) == 0


@pytest.mark.parametrize("change", [-900.0, 400.0])
def test_counterfactual_spend_differs_by_the_stated_change(small_design, change):
    design = small_design(3, 70)
    test = _test(design, spend_change=change)
    without = counterfactual_media(design, test)
    c = design.channels.index("search")
    difference = (design.media[:, :, c] - without) * design.media_unit[:, c]
    assert difference.sum() == pytest.approx(change)
    assert (difference[40:46, :2] != 0).all()
    assert np.count_nonzero(difference) == 12
    assert (without >= 0).all()


def test_added_spend_is_taken_out_where_it_was_spent_and_never_below_zero(small_design):
    design = small_design(2, 70)
    c = design.channels.index("search")
    spent = (design.media[40:46, :, c] * design.media_unit[:, c]).sum()
    without = counterfactual_media(design, _test(design, spend_change=spent))
    assert without[40:46] == pytest.approx(0.0, abs=1e-12)


def test_expected_lift_is_the_difference_of_two_forward_passes(small_design, small_draws):
    design = small_design(3, 70)
    draws = small_draws(design).isel(sample=slice(0, 5))
    tests = [
        _test(design),
        _test(design, 50, 54, experiment="more", channel="tv", regions=("R3",), spend_change=80.0),
    ]
    tested = with_lifts(design, tests)
    found = expected_lifts(tested, draws)
    for e, test in enumerate(tests):
        with_it = channel_contribution(design, draws, test["channel"])
        without = channel_contribution(
            design, draws, test["channel"], media=counterfactual_media(design, test)
        )
        assert found[:, e] == pytest.approx((with_it - without).sum(axis=(1, 2)))


def test_model_expects_what_the_forward_pass_says(small_design):
    from mmm_helpers.model.build import build_model

    options = {
        "adstock": ("geometric", "delayed", "weibull"),
        "saturation": ("hill", "log", "logistic"),
        "lags": np.array([4, 6, 3]),
        "varying_media": True,
    }
    design = small_design(3, 70, **options)
    more = _test(design, 50, 54, experiment="more", channel="tv", regions=("R3",), lift=300.0, sd=80.0)
    design = with_lifts(design, [_test(design), more])
    model = build_model(design).model
    rng = np.random.default_rng(0)
    point = {k: np.asarray(v) + rng.normal(0, 0.3, np.shape(v)) for k, v in model.initial_point().items()}
    said = float(model.compile_logp(vars=[model["lift_evidence"]], mode="FAST_COMPILE")(point))
    expected = expected_lifts(design, _parameters(model, point))[0]
    assert said == pytest.approx(
        stats.norm.logpdf(design.lifts.lift, expected, design.lifts.sd).sum() + np.log(design.lifts.sd).sum()
    )


STORED = {
    "adstock_alpha": "alpha", "adstock_delay": "delay", "adstock_weibull_shape": "weibull_shape",
    "adstock_weibull_scale": "weibull_scale", "saturation_log_effect": "market",
    "saturation_deviation": "deviation", "saturation_fullness": "fullness", "saturation_slope": "slope",
    "saturation_tide": "tide",
}  # fmt: skip


def _parameters(model, point):
    """The parameters at a point of the sampler's space, as one draw of a flattened posterior."""
    import pytensor

    found = {name: model[name] for name in STORED if name in model.named_vars}
    outputs = model.replace_rvs_by_values([v.values for v in found.values()])
    function = pytensor.function(model.value_vars, outputs, mode="FAST_COMPILE", on_unused_input="ignore")
    values = function(*[point[v.name] for v in model.value_vars])
    draw = {}
    for (name, variable), value in zip(found.items(), values, strict=True):
        named = {d: list(model.coords[d]) for d in variable.dims if d in ("region", "channel")}
        draw[STORED[name]] = xr.DataArray(
            np.asarray(value)[None], dims=("sample", *variable.dims), coords=named
        )
    effect = (draw.pop("market") + draw.pop("deviation")).transpose("sample", "region", "channel")
    return xr.Dataset(draw | {"log_effect": effect})


def test_test_that_is_not_used_says_nothing(small_design):
    from mmm_helpers.model.lift_evidence import LIFT_EVIDENCE, lift_arrays

    design = small_design(2, 70)
    design = with_lifts(design, [_test(design), _test(design, 55, 58, experiment="later")])
    one = lift_arrays(design.hide_from(57))
    assert design.hide_from(57).lifts.used.tolist() == [True, False]
    assert one["lift_result"].values.tolist() == [-5.0, 0.0]
    later = design.lifts.test == 1
    assert (one["lift_size"].values[later] == 0).all()
    assert (one["lift_size"].values[~later] > 0).all()
    assert set(LIFT_EVIDENCE) == {"lift_size", "lift_result"}


def test_conflict_of_a_normal_expectation_is_the_two_sided_tail():
    rng = np.random.default_rng(3)
    expected = rng.normal(100.0, 30.0, (200_000, 3))
    lifts = NO_LIFTS.__class__(**{
        **NO_LIFTS.__dict__, "names": ("a", "b", "c"), "channels": ("x",) * 3,
        "lift": np.array([100.0, 182.25, 10.0]), "sd": np.array([40.0] * 3),
    })  # fmt: skip
    tails = 2 * stats.norm.sf(np.abs(lifts.lift - 100.0) / 50.0)
    assert conflict_probability(lifts, expected) == pytest.approx(tails, abs=0.004)


def test_dates_within_a_period_mean_that_period(small_design):
    design = small_design(2, 70)
    late = _test(
        design, start=design.dates[40] + pd.Timedelta(days=2), end=design.dates[45] + pd.Timedelta(days=6)
    )
    assert (
        with_lifts(design, [late]).lifts.period.tolist()
        == with_lifts(design, [_test(design)]).lifts.period.tolist()
    )
