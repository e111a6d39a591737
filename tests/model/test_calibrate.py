"""A fit meets its experiments: which of them count, and what the second fit is given."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model import calibrate
from mmm_helpers.model.choose import Chosen
from mmm_helpers.model.lifts import expected_lifts, with_lifts
from mmm_helpers.model.profiles import PROFILES


@pytest.fixture
def first(small_design, small_draws):
    """A first fit of a design with two tests: one as the fit expects it, one far from it."""
    design = small_design(2, 70)
    draws = small_draws(design, draws=60)
    cells = {"channel": "search", "regions": ("R1",), "spend_change": -700.0, "lift": 0.0, "sd": 1.0}
    agrees = cells | {"experiment": "agrees", "start": design.dates[20], "end": design.dates[25]}
    differs = cells | {"experiment": "differs", "start": design.dates[50], "end": design.dates[55]}
    expected = expected_lifts(with_lifts(design, [agrees, differs]), draws)
    results = [
        {"lift": expected[:, 0].mean(), "sd": 50.0},
        {"lift": expected[:, 1].mean() + 5000, "sd": 50.0},
    ]
    design = with_lifts(design, [a | b for a, b in zip([agrees, differs], results, strict=True)])
    chained = draws.expand_dims("chain").rename(sample="draw")
    effects = {"log_effect_market": chained["log_effect"].mean("region")}
    effects |= {"region_deviation": chained["log_effect"] - effects["log_effect_market"]}
    return Chosen(
        calibrate.without_tests(design), _Program(), chained.drop_vars("log_effect").assign(effects)
    )


class _Program:
    def __init__(self, given=None):
        self.given = given

    def with_data(self, **data):
        return _Program(data)


@pytest.fixture
def sampled(monkeypatch):
    """What the second fit was given; it returns no draws."""
    seen = []

    def sample(program, effort, **options):
        seen.append(program.given)
        return xr.Dataset(attrs={"again": 1})

    monkeypatch.setattr(calibrate, "sample_soundly", sample)
    return seen


def _meet(first, **explained):
    return calibrate.meet_tests(first, PROFILES["standard"], explained=explained, seed=1, cores=1)


def test_contradiction_that_nobody_explained_stays_out(first, sampled):
    fit, found = _meet(first)
    assert found["used"].to_numpy().tolist() == [True, False]
    assert found["conflict"].to_numpy()[0] > 0.5
    assert found["conflict"].to_numpy()[1] < 1e-6
    assert fit.design.lifts.used.tolist() == [True, False]
    assert fit.draws.attrs == {"again": 1}
    assert sampled[0]["lift_result"][0] == pytest.approx(fit.design.lifts.lift[0] / 50)
    assert sampled[0]["lift_result"][1] == 0
    assert not sampled[0]["observed"][50:56, 0].any()


def test_explained_contradiction_counts(first, sampled):
    fit, found = _meet(first, differs="bought when people buy anyway")
    assert found["used"].to_numpy().all()
    assert fit.design.lifts.used.all()


def test_without_a_usable_test_the_first_fit_stands(first, sampled, monkeypatch):
    monkeypatch.setattr(calibrate, "CONFLICT", 1.1)
    fit, found = _meet(first)
    assert not found["used"].to_numpy().any()
    assert fit.draws is first.draws
    assert not sampled


def test_without_tests_nothing_is_met(small_design):
    fit = Chosen(small_design(2), None, xr.Dataset())
    assert calibrate.meet_tests(fit, PROFILES["standard"], explained={}, seed=1, cores=1) == (fit, None)


def test_first_fit_hides_the_cells_of_tests_and_not_only_their_results(first):
    assert not first.design.observed[20:29, 0].any()
    assert np.array_equal(first.design.lifts.used, [False, False])
