"""The placebo finds spend that runs ahead of sales, and keeps quiet where spend is only spend."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.placebo import bonferroni, next_month, placebo_test
from mmm_helpers.model.noise_draws import carry_over
from mmm_helpers.model.predict import components


def _known(design) -> np.ndarray:
    return np.ones(design.media.shape, bool)


def _world(small_design, small_draws, *, regions: int = 2, ahead: float = 0.0, seed: int = 0):
    """A market whose outcome is the model's own mean plus its noise; `ahead` of it knows next month's spend on TV."""
    design = small_design(regions, 150)
    draws = small_draws(design, draws=200)
    draws["sigma"][:], draws["rho"][:], draws["shock_sd"][:] = 0.04, 0.2, 0.01
    parts = components(design, draws)
    explained = (parts["fitted"] - parts["shock"]).mean(axis=0) / design.outcome_scale
    rng = np.random.default_rng(seed)
    shocks = 0.04 * rng.normal(size=(150, regions)) + 0.01 * rng.normal(size=(150, 1))
    lead = np.nan_to_num(next_month(design, _known(design))[:, :, 0])
    shocks += ahead * (lead - lead.mean()) / lead.std()
    outcome = (explained + carry_over(shocks[None], np.array([0.2]))[0]) * design.outcome_scale
    design = small_design(regions, 150, outcome=outcome)
    return design, draws, parts


def _tested(world, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    design, draws, parts = world
    return placebo_test(design, draws, parts, known=_known(design), rng=np.random.default_rng(seed))


@pytest.mark.parametrize("regions", [1, 2])
def test_spend_that_runs_ahead_of_sales_is_found(small_design, small_draws, regions):
    correlation, p = _tested(_world(small_design, small_draws, regions=regions, ahead=0.03))
    assert p[0] < 0.02
    assert correlation[0] > 0.2


def test_spend_that_falls_before_sales_rise_is_found_too(small_design, small_draws):
    correlation, p = _tested(_world(small_design, small_draws, ahead=-0.03))
    assert p[0] < 0.02
    assert correlation[0] < -0.2


def test_plain_spend_is_rarely_suspected(small_design, small_draws):
    p = np.concatenate([_tested(_world(small_design, small_draws, seed=s))[1] for s in range(15)])
    assert (p < 0.05).mean() < 0.12
    assert 0.3 < p.mean() < 0.75


def test_next_month_is_the_mean_of_the_four_weeks_after(small_design):
    design = small_design(2)
    lead = next_month(design, _known(design))
    assert lead[10, 1, 0] == pytest.approx(design.media[11:15, 1, 0].mean())
    assert np.isnan(lead[-4:]).all()
    assert np.isfinite(lead[:-4]).all()


@pytest.mark.parametrize(("per_year", "periods"), [(12.0, 1), (365.25, 28)])
def test_a_month_is_a_month_at_every_frequency(small_design, per_year, periods):
    design = small_design(1, 60, periods_per_year=per_year)
    lead = next_month(design, _known(design))
    assert lead[3, 0, 1] == pytest.approx(design.media[4 : 4 + periods, 0, 1].mean())


def test_unknown_spend_is_no_lead(small_design):
    design = small_design(1)
    known = _known(design)
    known[20, 0, 0] = False
    lead = next_month(design, known)[:, 0, 0]
    assert np.isnan(lead[16:20]).all()
    assert np.isfinite(lead[[15, 20]]).all()


def test_a_channel_that_never_changes_has_no_placebo(small_design, small_draws):
    design, draws, parts = _world(small_design, small_draws)
    media = design.media.copy()
    media[..., 1] = 1.0
    design = small_design(2, 150, outcome=design.outcome, media=media)
    correlation, p = _tested((design, draws, parts))
    assert np.isnan([correlation[1], p[1]]).all()
    assert np.isfinite(p[[0, 2]]).all()


def test_bonferroni_counts_what_was_looked_at():
    adjusted = bonferroni(np.array([0.01, np.nan, 0.5]))
    assert pd.isna(adjusted[1])
    assert adjusted[[0, 2]].tolist() == [0.02, 1.0]
