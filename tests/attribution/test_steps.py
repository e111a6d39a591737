"""Flows before a conversion, counted by hand."""

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys
from mmm_helpers.attribution.steps import ENTRY, compute_steps

CHANNELS = ("search", "video", "email")


def _journeys(paths: list[tuple[str, float, float]]) -> Journeys:
    """Aggregated paths like `"video search"` with their people and conversions."""
    touches = [path.split() for path, _, _ in paths]
    count, conversions = (np.array(values, float) for values in list(zip(*paths, strict=True))[1:])
    flat = [CHANNELS.index(name) for path in touches for name in path]
    return Journeys(
        channels=CHANNELS,
        channel=np.array(flat, np.int8),
        start=np.cumsum([0, *map(len, touches)]),
        hours=np.full(len(flat), np.nan),
        count=count,
        conversions=conversions,
        value=conversions * 10.0,
    )


PATHS = _journeys(
    [
        ("video email search", 500, 60),
        ("video search", 300, 30),
        ("search", 100, 10),
        ("email search", 90, 0),
        ("email video", 20, 4),
    ]
)


def _flow(steps: pd.DataFrame, step: int, source: str, target: str) -> float:
    row = steps[(steps["step"] == step) & (steps["source"] == source) & (steps["target"] == target)]
    return float(row["conversions"].iloc[0]) if len(row) else 0.0


def test_flows_to_the_last_touch_are_those_of_the_converted():
    steps = compute_steps(PATHS, fewest=1)
    assert _flow(steps, 1, "email", "search") == 60
    assert _flow(steps, 1, "video", "search") == 30
    assert _flow(steps, 1, ENTRY, "search") == 10
    assert _flow(steps, 1, "email", "video") == 4


def test_each_step_further_back_holds_the_journeys_that_were_long_enough():
    steps = compute_steps(PATHS, fewest=1)
    assert steps.groupby("step")["conversions"].sum().to_dict() == {1: 104, 2: 94, 3: 60}
    assert _flow(steps, 2, ENTRY, "video") == 30
    assert _flow(steps, 3, ENTRY, "video") == 60


def test_flows_of_few_people_are_left_out():
    steps = compute_steps(PATHS)
    assert (steps["conversions"] >= 20).all()
    assert _flow(steps, 1, ENTRY, "search") == 0
    assert steps["share"].max() == 60 / 104


def test_without_conversions_there_is_no_flow():
    assert compute_steps(_journeys([("video search", 10, 0)])).empty
