"""Natural experiments: pauses in one region, told from flights, short gaps, common stops and declared tests."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.experiments.natural import find_pauses

DATES = pd.date_range("2024-01-01", periods=80, freq="7D")


def _panel(**dark):
    """Three regions that spend 10, 20 and 30 a week; `dark` maps a region to slices without spend."""
    rows = []
    for i, region in enumerate(("A", "B", "C"), start=1):
        spend = np.full(80, 10.0 * i)
        for gap in dark.get(region, ()):
            spend[gap] = 0.0
        rows.append(pd.DataFrame({"date": DATES, "region": region, "spend_tv": spend}))
    return pd.concat(rows, ignore_index=True)


def test_pause_is_read_like_a_go_dark_test():
    (pause,) = find_pauses(_panel(B=[slice(50, 54)]), ["tv"])
    assert pause["regions"] == ("B",)
    assert (pause["start"], pause["end"]) == (DATES[50], DATES[53])
    assert pause["spend_change"] == pytest.approx(-80.0)
    assert pause["design"] == "go_dark"


@pytest.mark.parametrize(
    "dark",
    [{"B": [slice(50, 52)]}, {"B": [slice(5, 10)]}, {r: [slice(50, 54)] for r in "ABC"}],
    ids=["too short", "too early", "everywhere at once"],
)
def test_what_is_no_pause(dark):
    assert find_pauses(_panel(**dark), ["tv"]) == []


def test_end_of_a_flight_is_no_pause():
    flights = [slice(first, first + 5) for first in range(3, 75, 10)]
    assert find_pauses(_panel(B=flights), ["tv"]) == []


def test_declared_test_is_no_natural_experiment():
    panel = _panel(B=[slice(50, 54)])
    test = {"regions": ("B",), "start": DATES[49], "end": DATES[49]}
    assert len(find_pauses(panel, ["tv"], [test], cooldown=0)) == 1
    assert find_pauses(panel, ["tv"], [test], cooldown=1) == []
    assert len(find_pauses(panel, ["tv"], [test | {"regions": ("A",)}], cooldown=1)) == 1


def test_longest_pauses_are_shown():
    gaps = {"A": [slice(20, 23)], "B": [slice(40, 46), slice(70, 73)], "C": [slice(30, 34), slice(60, 65)]}
    found = find_pauses(_panel(**gaps), ["tv"])
    assert [p["start"] for p in found] == [DATES[30], DATES[40], DATES[60], DATES[70]]


def test_channel_that_the_market_lacks_has_no_pauses():
    assert find_pauses(_panel(B=[slice(50, 54)]), ["radio"]) == []
