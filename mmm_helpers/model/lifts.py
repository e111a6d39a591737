"""Experiments as the model sees them: what a test's own spend path brought, set against what was measured.

The expected lift is the model's forward pass: contributions under the spend that there was minus contributions under
the spend that there would have been, carry-over included, over the treated regions, the test and its cool-down. No
steady state is assumed. The cells that a test is measured on leave the likelihood, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

if TYPE_CHECKING:
    from mmm_helpers.model.design import Design

CONFLICT = 0.05
"""Two-sided tail probability below which a test and the model contradict each other."""
BEFORE = 13
"""Periods before a test whose mean spend says where money that was held back would have gone."""


@dataclass(frozen=True)
class Lifts:
    """A market's measured tests; e tests, n rows (a treated region's period each), l lags.

    Parameters
    ----------
    names, channels : (e,) of each test and its channel.
    lift, sd : (e,) outcome that the test brought in all, and its error, in the outcome's unit.
    spend_change : (e,) change of spend by the test, in market currency.
    used : (e,) whether the test informs the fit. last : (e,) last period that its effect lands in.
    test, period, region : (n,) which test, period and region a row is.
    actual, without : (n, l) media of the period and those before it, as they were and as they would have been.
    """

    names: tuple[str, ...]
    channels: tuple[str, ...]
    lift: np.ndarray
    sd: np.ndarray
    spend_change: np.ndarray
    used: np.ndarray
    last: np.ndarray
    test: np.ndarray
    period: np.ndarray
    region: np.ndarray
    actual: np.ndarray
    without: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def only(self, used: np.ndarray) -> Lifts:
        """The same tests, of which only some inform the fit."""
        return replace(self, used=np.asarray(used, bool))

    def until(self, start: int) -> Lifts:
        """The same tests, of which those that ended before period `start` inform the fit."""
        return self.only(self.used & (self.last < start))


NO_LIFTS = Lifts(
    *((), (), *(np.empty(0) for _ in range(3))),
    used=np.empty(0, bool),
    **{name: np.empty(0, int) for name in ("last", "test", "period", "region")},
    **{name: np.empty((0, 0)) for name in ("actual", "without")},
)


def with_lifts(design: Design, tests: Sequence[Mapping[str, Any]]) -> Design:
    """The design with measured tests, whose cells leave the likelihood.

    Parameters
    ----------
    tests : one mapping each with `experiment, channel, regions` (a sequence), `start, end` (dates), `lift, sd` (in
        the outcome's unit, summed over regions, test and cool-down) and `spend_change` (market currency).
        A test of a channel that the design lacks is left out.
    """
    tests = [t for t in tests if t["channel"] in design.channels]
    if not tests:
        return design
    rows = pd.concat([_rows(design, e, test) for e, test in enumerate(tests)], ignore_index=True)
    observed = design.observed.copy()
    observed[rows["period"], rows["region"]] = False
    lifts = Lifts(
        names=tuple(t["experiment"] for t in tests),
        channels=tuple(t["channel"] for t in tests),
        lift=np.array([t["lift"] for t in tests], float),
        sd=np.array([t["sd"] for t in tests], float),
        spend_change=np.array([t["spend_change"] for t in tests], float),
        used=np.ones(len(tests), bool),
        last=rows.groupby("test")["period"].max().to_numpy(),
        test=rows["test"].to_numpy(),
        period=rows["period"].to_numpy(),
        region=rows["region"].to_numpy(),
        actual=_lagged(design, tests, rows, counterfactual=False),
        without=_lagged(design, tests, rows, counterfactual=True),
    )
    return replace(design, lifts=lifts, observed=observed)


def _rows(design: Design, e: int, test: Mapping[str, Any]) -> pd.DataFrame:
    """Periods × treated regions of the test and the periods that its effect lands in, within the data."""
    reach = int(design.lags[design.channels.index(test["channel"])]) - 1
    first, stop = _span(design, test)
    periods = np.arange(first, min(stop + reach, len(design.dates)))
    regions = [design.regions.index(r) for r in test["regions"]]
    grid = pd.MultiIndex.from_product([[e], periods, regions], names=["test", "period", "region"])
    return grid.to_frame(index=False)


def _span(design: Design, test: Mapping[str, Any]) -> tuple[int, int]:
    """First period of the test, and the one after its last."""
    dates = design.dates
    start = dates.searchsorted(pd.Timestamp(test["start"]), side="right") - 1
    return max(0, int(start)), int(dates.searchsorted(pd.Timestamp(test["end"]), side="right"))


def counterfactual_media(design: Design, test: Mapping[str, Any]) -> np.ndarray:
    """(t, r) scaled media of the test's channel as they would have been without the test.

    Money that a test added is taken out in proportion to what was spent; money that it held back is put where the
    channel's spend was before the test, evenly over its periods.
    """
    c, (first, stop) = design.channels.index(test["channel"]), _span(design, test)
    where = [design.regions.index(r) for r in test["regions"]]
    media, unit = design.media[:, :, c].copy(), design.media_unit[:, c]
    during = media[first:stop, where] * unit[where]
    change = float(test["spend_change"])
    if change > 0:
        pattern = during
    else:
        before = media[max(0, first - BEFORE) : first, where] * unit[where]
        level = before.mean(axis=0) if before.sum() > 0 else (design.mean_media * design.media_unit)[where, c]
        pattern = np.broadcast_to(level, during.shape)
    spend = np.maximum(0.0, during - change * pattern / pattern.sum())
    media[first:stop, where] = spend / unit[where]
    return media


def _lagged(design: Design, tests: Sequence, rows: pd.DataFrame, *, counterfactual: bool) -> np.ndarray:
    """(n, l) media of each row's period and those before it."""
    parts = []
    for e, test in enumerate(tests):
        c, own = design.channels.index(test["channel"]), rows[rows["test"] == e]
        media = counterfactual_media(design, test) if counterfactual else design.media[:, :, c]
        padded = np.concatenate([np.zeros((design.l_max - 1, media.shape[1])), media])
        at = own["period"].to_numpy()[:, None] + design.l_max - 1 - np.arange(design.l_max)
        parts.append(padded[at, own["region"].to_numpy()[:, None]])
    return np.concatenate(parts)


def expected_lifts(design: Design, draws: xr.Dataset) -> np.ndarray:
    """What the model expects each test to have brought, draw by draw.

    Parameters
    ----------
    draws : flattened posterior with `log_effect` (sample, region, channel).

    Returns
    -------
    Shape (sample, e), in the outcome's unit.
    """
    from mmm_helpers.model.predict import channel_weights, effect_at_mean, media_tide, relative_level

    lifts, tide = design.lifts, media_tide(draws, len(design.dates))
    expected = np.zeros((draws.sizes["sample"], len(lifts)))
    for e, channel in enumerate(lifts.channels):
        weights = channel_weights(design, draws, channel)
        for r in np.unique(lifts.region[lifts.test == e]):
            mine = (lifts.test == e) & (lifts.region == r)
            reach, ups = weights.shape[1], None if tide is None else tide[:, lifts.period[mine]]
            one, other = (
                relative_level(
                    design, draws, channel, _place(weights @ lags[mine, :reach].T, r, design), tide=ups
                )
                for lags in (lifts.actual, lifts.without)
            )
            change = (effect_at_mean(design, draws, channel) * (one - other))[:, :, r]
            expected[:, e] += change.sum(axis=1)
    return expected


def _place(carried: np.ndarray, region: int, design: Design) -> np.ndarray:
    """(sample, n, r) carried-over media of one region, the others empty."""
    grid = np.zeros((*carried.shape, len(design.regions)))
    grid[:, :, region] = carried
    return grid


def conflict_probability(lifts: Lifts, expected: np.ndarray) -> np.ndarray:
    """How surprising each test's result is under draws that do not know of it, its own error included.

    Parameters
    ----------
    expected : (sample, e) lifts that a fit without the tests expects.

    Returns
    -------
    (e,) two-sided tail probability of the measured lift under the predictive distribution.
    """
    below = norm.cdf((lifts.lift - expected) / lifts.sd).mean(axis=0)
    return 2 * np.minimum(below, 1 - below)
