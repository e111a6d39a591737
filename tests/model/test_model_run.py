"""The steps of a run: what a fit's key depends on, and a market's own evidence."""

import numpy as np
import pytest
import xarray as xr

from mmm_helpers.model.run import BUILDERS, log_return_offset, market_evidence


def test_every_module_that_a_fit_is_made_of_is_in_its_key():
    from mmm_helpers.layout import PROJECT_ROOT
    from mmm_helpers.pipeline.sources import imported

    folder = PROJECT_ROOT / "mmm_helpers" / "model"
    used = set()
    for name in ("choose", "build", "design", "sample", "predict", "folds"):
        modules = imported((folder / f"{name}.py").read_text(encoding="utf-8"))
        used |= {m.split(".")[2] for m in modules if m.startswith("mmm_helpers.model.")}
    assert used <= set(BUILDERS)


def test_return_at_the_priors_centre_is_the_same_for_all_paid_channels(small_design):
    income = 1000.0 * np.array([1.0, 2.0])
    mean_spend = small_design(2).mean_spend
    shares = np.where(small_design(2).paid, 1.5 * mean_spend / income[:, None], 0.03)
    offset = log_return_offset(small_design(2, prior_share=shares))
    assert offset == pytest.approx([np.log(1.5), np.log(1.5), 0.0])


@pytest.mark.parametrize("regions", [1, 4])
def test_draws_of_the_prior_are_no_evidence(regions, small_design):
    rng = np.random.default_rng(0)
    dims = ("chain", "draw", "region", "channel") if regions > 1 else ("chain", "draw", "channel")
    shape = (4, 5000, regions, 3) if regions > 1 else (4, 5000, 3)
    draws = xr.Dataset({"log_effect_market": (dims, rng.normal(0, 0.9, shape))})
    assert np.abs(market_evidence(small_design(2), draws).precision).max() < 0.2
