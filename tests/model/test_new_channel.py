"""A new channel is one entry in the settings: its prior comes from its funnel group, and the others hardly move."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.model.bench import Bench
from mmm_helpers.model.design import make_design
from mmm_helpers.model.priors import RETENTION, priors_of

REGIONS, WEEKS, L_MAX = ("all",), 104, 4
TRUTH = {"tv": 0.25, "search": 0.20, "connected_tv": 0.05}
"""What a channel brings at most, as a share of a base of one; the new channel is small and starts late."""
STARTS = {"tv": 0, "search": 0, "connected_tv": 52}


def _settings(channels: tuple[str, ...]) -> dict:
    funnel = {"tv": "upper", "search": "lower", "connected_tv": "upper"}
    return {
        "market": "XX",
        "frequency": "weekly",
        "l_max": L_MAX,
        "outcome": {"kind": "revenue"},
        "channels": {c: {"funnel": funnel[c]} for c in channels},
        "controls": {},
        "model": {"pooling": {"regions": "partial", "markets": "none"}},
    }


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Panel and channel status of a market in which connected TV started after a year."""
    rng, weeks = np.random.default_rng(5), np.arange(WEEKS)[:, None]
    outcome = 1 + 0.05 * np.sin(2 * np.pi * weeks / 52.18) + rng.normal(0, 0.02, (WEEKS, len(REGIONS)))
    spend = {}
    for channel, most in TRUTH.items():
        spend[channel] = rng.gamma(2.0, 0.5, (WEEKS, len(REGIONS))) * (weeks >= STARTS[channel])
        outcome += most * spend[channel] / (1 + spend[channel])
    frames = [
        pd.DataFrame(
            {"market": "XX", "region": region, "date": pd.date_range("2023-01-02", periods=WEEKS, freq="7D")}
            | {"outcome": 1000 * outcome[:, r]}
            | {f"spend_{c}": 100 * own[:, r] for c, own in spend.items()}
        )
        for r, region in enumerate(REGIONS)
    ]
    status = [
        {"market": "XX", "region": r, "channel": c, "status": "active"}
        | {"first_date": str(pd.Timestamp("2023-01-02") + pd.Timedelta(weeks=first))[:10]}
        for r in REGIONS
        for c, first in STARTS.items()
    ]
    return pd.concat(frames, ignore_index=True), pd.DataFrame(status)


@pytest.fixture(scope="module")
def benches(world) -> tuple[Bench, Bench]:
    """The market without and with the entry of the new channel."""
    return tuple(
        Bench(_settings(channels), lambda settings: make_design(*world, settings), seed=1)
        for channels in (("tv", "search"), tuple(TRUTH))
    )


def _log_returns(bench: Bench) -> pd.DataFrame:
    """Draws of each channel's log return at mean spend, up to what both models share."""
    share = bench.design.prior_share.mean(axis=0)
    effect = bench.reference.draws["log_effect_market"].transpose("sample", "channel").to_numpy()
    return pd.DataFrame(effect + np.log(share), columns=bench.design.channels)


def test_its_prior_is_that_of_its_funnel_group(benches):
    alpha = priors_of(benches[1].design)["alpha"].dist
    new = benches[1].design.channels.index("connected_tv")
    first, second = RETENTION["upper"]
    assert alpha.mean()[new] == pytest.approx(first / (first + second))


def test_the_others_move_by_less_than_one_sd(benches):
    before, after = (_log_returns(bench) for bench in benches)
    moved = (after.mean() - before.mean())[["tv", "search"]] / before.std()
    assert moved.abs().max() < 1


def test_the_new_channel_is_found_small(benches):
    returns = _log_returns(benches[1])
    assert (returns["connected_tv"].mean() < returns[["tv", "search"]].mean()).all()
