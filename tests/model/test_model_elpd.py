"""Leave-one-out scores and stacking weights, against closed forms and independent implementations."""

import warnings
from dataclasses import replace

import arviz as az
import numpy as np
import pytest
import xarray as xr
from scipy.stats import multivariate_normal

from mmm_helpers.model.elpd import (
    Scores,
    difference,
    in_common,
    leave_one_out,
    log_density,
    stacking_weights,
)
from mmm_helpers.model.predict import components


def _explained(design, draws) -> np.ndarray:
    parts = components(design, draws)
    return (parts["fitted"] - parts.get("shock", 0.0)) / design.outcome_scale


@pytest.fixture
def noisy(small_design, small_draws):
    """A made-up market and draws that have a shock shared by its regions."""
    design = small_design(3, 60)
    draws = small_draws(design, draws=4)
    return design, draws.assign(shock_sd=("sample", [0.01, 0.03, 0.05, 0.1]))


def test_density_of_a_period_is_the_multivariate_normal_of_its_innovations(noisy):
    design, draws = noisy
    rest = design.scaled_outcome - _explained(design, draws)
    t, s = 30, 2
    one = draws.isel(sample=s)
    innovation = rest[s, t] - float(one["rho"]) * rest[s, t - 1]
    cov = np.diag(one["sigma"].to_numpy() ** 2) + float(one["shock_sd"]) ** 2
    assert log_density(design, draws)[s, t] == pytest.approx(multivariate_normal.logpdf(innovation, cov=cov))


def test_only_known_cells_count(noisy):
    design, draws = noisy
    observed = design.observed.copy()
    observed[30, 0] = False
    hidden = replace(design, observed=observed)
    rest = design.scaled_outcome - _explained(hidden, draws)
    one = draws.isel(sample=0)
    innovation = (rest[0, 30] - float(one["rho"]) * rest[0, 29])[1:]
    cov = np.diag(one["sigma"].to_numpy()[1:] ** 2) + float(one["shock_sd"]) ** 2
    expected = multivariate_normal.logpdf(innovation, cov=cov)
    assert log_density(hidden, draws)[0, 30] == pytest.approx(expected)


def test_a_period_without_known_cells_has_no_density(noisy):
    design, draws = noisy
    observed = design.observed.copy()
    observed[30] = False
    assert not log_density(replace(design, observed=observed), draws)[:, 30].any()


def test_leave_one_out_is_that_of_arviz_over_the_known_periods(small_design, small_draws):
    design = small_design(2, 60)
    draws = small_draws(design, draws=400)
    scores = leave_one_out(design, draws)
    assert scores.dates.tolist() == list(range(4, 60))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = xr.DataArray(log_density(design, draws)[None][:, :, 4:], dims=("chain", "draw", "period"))
        expected = az.loo(az.from_dict({"log_likelihood": {"y": own.to_numpy()}}), reff=1.0, pointwise=True)
    assert scores.elpd.sum() == pytest.approx(expected.elpd)
    assert scores.doubtful == int((expected.pareto_k > 0.7).sum())


def _scores(values, first: int = 0) -> Scores:
    return Scores(np.asarray(values, float), np.arange(first, first + len(values)), 0)


def test_variants_are_compared_on_the_periods_that_both_have():
    both = in_common([_scores([1.0, 2.0, 3.0]), _scores([5.0, 6.0, 7.0], first=1)])
    assert both.tolist() == [[2.0, 5.0], [3.0, 6.0]]


def test_difference_and_its_error_by_hand(small_design):
    design = small_design(periods_per_year=12.0)  # months do not hang together, so the error is the plain one
    gain, error = difference(design, _scores([2.0, 4.0, 3.0]), _scores([1.0, 1.0, 1.0]))
    assert gain == pytest.approx(6.0)
    assert error == pytest.approx(np.sqrt(3 * np.var([1.0, 3.0, 2.0])))


def test_a_variant_is_no_better_than_itself(small_design):
    assert difference(small_design(), _scores([1.0, 2.0]), _scores([1.0, 2.0])) == (0.0, 0.0)


@pytest.mark.parametrize(("first", "second"), [(60, 60), (70, 50), (64, 56)])
def test_stacking_weights_of_two_known_densities(first, second):
    a, b = 0.8, 0.3
    # Each model gives density a to the periods of its kind and b to the others; the score's derivative vanishes at
    expected = (first * a - second * b) / ((first + second) * (a - b))
    densities = np.vstack([np.tile([a, b], (first, 1)), np.tile([b, a], (second, 1))])
    assert stacking_weights(np.log(densities)) == pytest.approx([expected, 1 - expected], abs=1e-4)


def test_a_model_that_is_worse_everywhere_has_no_weight():
    scores = np.random.default_rng(0).normal(size=(50, 2))
    scores[:, 1] = scores[:, 0] - 1
    assert stacking_weights(scores) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_very_small_densities_do_not_vanish():
    assert stacking_weights(np.log([[0.8, 0.3], [0.3, 0.8]]) - 5000) == pytest.approx([0.5, 0.5])


def test_weights_are_those_of_arviz():
    rng = np.random.default_rng(1)
    loos = {}
    for name, shift in {"a": 0.0, "b": 0.2, "c": -0.1}.items():
        points = rng.normal(-1 + shift, 1, 120)
        draws = points + rng.normal(0, 0.05, (1, 400, 120))
        loos[name] = az.loo(az.from_dict({"log_likelihood": {"y": draws}}), reff=1.0, pointwise=True)
    expected = az.compare(loos, round_to="none")["weight"]
    own = stacking_weights(np.column_stack([loo.elpd_i.to_numpy() for loo in loos.values()]))
    assert dict(zip(loos, own, strict=True)) == pytest.approx(expected.to_dict(), abs=0.01)
