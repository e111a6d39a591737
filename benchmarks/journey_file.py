"""A file of touches as large as a platform's export, and the same people as the paths that other tools take.

Who meets what is drawn evenly in time; what each channel brings is added to the chance to convert. Ten channels, five
touches or more each, 6.5 on average, about 6 % convert. No causal story is meant: this file is for clocks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from mmm_helpers.attribution.journeys import Journeys

CHANNELS = (
    "affiliate", "direct", "display", "email", "organic", "paid_social", "retargeting", "search_brand",
    "search_generic", "video",
)  # fmt: skip
MET = np.array([0.05, 0.06, 0.15, 0.08, 0.08, 0.16, 0.12, 0.08, 0.10, 0.12])
"""Share of all touches."""
BRINGS = np.array([0.01, 0.0, 0.005, 0.015, 0.0, 0.01, 0.005, 0.01, 0.02, 0.01])
"""Added to the chance to convert of who met the channel."""
BASELINE, SHORTEST, LONGER, DAYS = 0.015, 5, 1.5, 30
CHUNK = 1_000_000
"""People in one file."""


def write_touches(folder: Path, people: int, *, seed: int = 0) -> None:
    """Parquet files `touches-<n>.parquet`: user, time, channel, converted, value; sorted by user and time."""
    for part, first in enumerate(range(0, people, CHUNK)):
        rng = np.random.default_rng([seed, part])
        count = min(CHUNK, people - first)
        length = SHORTEST + rng.poisson(LONGER, count)
        user = np.repeat(np.arange(first, first + count), length)
        channel = rng.choice(len(CHANNELS), len(user), p=MET).astype(np.uint32)
        start = np.concatenate([[0], np.cumsum(length)])
        met = np.bitwise_or.reduceat(1 << channel.astype(np.int64), start[:-1])
        chance = BASELINE + ((met[:, None] >> np.arange(len(CHANNELS))) & 1) @ BRINGS
        last = np.zeros(len(user), bool)
        last[start[1:] - 1] = rng.random(count) < chance
        minutes = rng.integers(0, DAYS * 24 * 60, len(user))
        minutes = minutes[np.lexsort((minutes, user))]
        pl.DataFrame(
            {
                "user": user,
                "time": pl.Series(minutes.astype(np.int64) * 60_000).cast(pl.Datetime("ms")),
                "channel": pl.Series(np.array(CHANNELS, dtype=object)[channel]).cast(pl.String),
                "converted": last,
                "value": np.where(last, rng.gamma(2.0, 30.0, len(user)), 0.0),
            }
        ).write_parquet(folder / f"touches-{part:03d}.parquet")


def read_touches(folder: Path) -> Journeys:
    """The files in memory, one journey a user; touches have to be sorted.

    Raises
    ------
    ValueError : touches are not sorted by user and time.
    """
    lazy = pl.scan_parquet(folder / "touches-*.parquet")
    told = lazy.select(
        pl.col("channel").cast(pl.Enum(CHANNELS)).to_physical().cast(pl.Int8),
        pl.col("time").to_physical(),
        "user",
    ).collect()
    user, time = told["user"].to_numpy(), told["time"].to_numpy()
    step = np.diff(user)
    if (step < 0).any() or (np.diff(time)[step == 0] < 0).any():
        raise ValueError("Touches have to be sorted by user and time.")
    start = np.concatenate([[0], np.flatnonzero(step) + 1, [len(user)]])
    hours = (np.repeat(time[start[1:] - 1], np.diff(start)) - time) / 3_600_000
    channel = told["channel"].to_numpy()
    del told, user, time, step
    ends = lazy.select("converted", "value").collect()
    last = start[1:] - 1
    return Journeys(
        channels=CHANNELS,
        channel=channel,
        start=start,
        hours=hours,
        count=np.ones(len(last)),
        conversions=ends["converted"].to_numpy()[last].astype(float),
        value=ends["value"].to_numpy()[last],
    )


def write_paths(folder: Path) -> None:
    """`paths.parquet`, a row per person: path (`a > b`), conversions, value, null."""
    pl.scan_parquet(folder / "touches-*.parquet").group_by("user", maintain_order=True).agg(
        pl.col("channel").str.join(" > ").alias("path"),
        pl.col("converted").last().cast(pl.Int64).alias("conversions"),
        pl.col("value").last(),
    ).drop("user").with_columns((1 - pl.col("conversions")).alias("null")).collect().write_parquet(
        folder / "paths.parquet"
    )
