"""A fit meets its experiments: first without them, to see whether they contradict it, then with those that count.

The first fit knows neither the tests' results nor the cells that they were measured on, so that a result far in the
tail of what it expects is a contradiction between two witnesses. Then nothing is averaged until somebody has
explained it: the test stays out, and the channel's cells are no ground for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from mmm_helpers.model.choose import Chosen, sample_soundly
from mmm_helpers.model.design import Design
from mmm_helpers.model.lifts import CONFLICT, conflict_probability, expected_lifts
from mmm_helpers.model.posterior import with_cell_effects
from mmm_helpers.model.predict import flatten
from mmm_helpers.model.profiles import Profile
from mmm_helpers.model.sample import replaceable


def without_tests(design: Design) -> Design:
    """The design whose tests do not inform the fit; the cells that they were measured on stay hidden."""
    return replace(design, lifts=design.lifts.only(np.zeros(len(design.lifts), bool)))


def meet_tests(
    fit: Chosen, effort: Profile, *, explained: Mapping[str, str], seed: int, cores: int
) -> tuple[Chosen, xr.Dataset | None]:
    """Fit again with the tests that do not contradict the first fit, or whose contradiction is explained.

    Parameters
    ----------
    fit : of a design `without_tests`.
    explained : experiment → why it may contradict a time series.

    Returns
    -------
    The fit with tests (the first one where there are none to use), and per experiment (dim lift) `before` (sample,
    lift) expected by the first fit, `conflict`, `used`; None without tests.
    """
    lifts = fit.design.lifts
    if not lifts.names:
        return fit, None
    before = expected_lifts(fit.design, flatten(with_cell_effects(fit.draws, fit.design.regions)))
    conflict = conflict_probability(lifts, before)
    used = (conflict >= CONFLICT) | np.array([bool(explained.get(name)) for name in lifts.names])
    found = xr.Dataset(
        {
            "before": (("before_sample", "lift"), before),
            "conflict": ("lift", conflict),
            "used": ("lift", used),
        },
        coords={"lift": list(lifts.names)},
    )
    design = replace(fit.design, lifts=lifts.only(used))
    if not used.any():
        return replace(fit, design=design), found
    print(f"fitting again with {int(used.sum())} of {len(used)} experiments", flush=True)
    program = fit.compiled.with_data(**replaceable(design))
    return Chosen(design, program, sample_soundly(program, effort, seed=seed, cores=cores)), found
