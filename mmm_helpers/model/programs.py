"""Compiled programs, kept for the length of a process: one for all designs that differ in numbers only.

Compiling takes longer than sampling. All numbers of a design are data of its program (`model.build`), so markets,
seeds and variants of the same shape and with the same options share one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

import nutpie

from mmm_helpers.model.build import build_model
from mmm_helpers.model.design import Design
from mmm_helpers.model.sample import compile_model

MOST_KEPT = 6
_KEPT: OrderedDict[Hashable, nutpie.CompiledPyMCModel] = OrderedDict()


def compiled_for(
    design: Design, *, pooling: str = "partial", between_scale: float = 1.0
) -> nutpie.CompiledPyMCModel:
    """The program of a design's model, with the design's numbers as its data.

    Parameters
    ----------
    pooling, between_scale : as in `build.build_model`.
    """
    model = build_model(design, pooling=pooling, between_scale=between_scale).model
    key = (structure(design), pooling, between_scale)
    if key not in _KEPT:
        _KEPT[key] = compile_model(model)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    _KEPT.move_to_end(key)
    program = _KEPT[key]
    taken = {variable.name for variable in program.shared_var_keys}
    return program.with_data(**{v.name: v.get_value() for v in model.data_vars if v.name in taken})


def structure(design: Design) -> Hashable:
    """What of a design shapes its program: names of its axes, families, and options; every number is data.

    The number of periods does not matter, unless something has a value of its own at every date.
    """
    dated = design.trend == "varying" or design.varying_media
    return (
        tuple(design.regions),
        tuple(design.channels),
        tuple(design.control_names),
        tuple(design.predictor_names),
        tuple(design.dates) if dated else design.has_season,
        design.adstock,
        design.saturation,
        tuple(design.lags),
        design.interactions,
        design.periods_per_year,
        (len(design.lifts), len(design.lifts.test)),
        (design.trend, design.shock, design.serial, design.spillover, design.varying_media),
    )
