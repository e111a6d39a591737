"""Which spend is known: unknown is not zero, and nothing may be concluded from a week that nobody recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.model.design import Design
from mmm_helpers.model.grids import to_grid
from mmm_helpers.model.media_inputs import media_column


def known_media(design: Design, panel: pd.DataFrame) -> np.ndarray:
    """(t, r, c) whether the spend (the activity of unpaid channels) of a period is known.

    Parameters
    ----------
    panel : the market's panel, in which a missing amount means unknown; in the design's arrays it is zero.
    """
    columns = [media_column(c, bool(p)) for c, p in zip(design.channels, design.paid, strict=True)]
    return ~np.isnan(np.stack([to_grid(panel, c, design.dates, design.regions) for c in columns], axis=-1))


def mean_over_known(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is known; zero where nothing is.

    Examples
    --------
    >>> mean_over_known(np.array([2.0, 0.0, 4.0]), np.array([True, False, True])).item()
    3.0
    """
    return (values * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
