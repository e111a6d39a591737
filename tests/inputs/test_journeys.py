"""Journeys as files: what is read, joined and dropped, and every refusal with where and how to mend it."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.journeys import QUALITY_COLUMNS, read_journeys
from mmm_helpers.inputs.store import read_journey_arrays, write_journeys
from mmm_helpers.layout import Layout

HEAD = "user,time,channel,converted,value\n"
GOOD = HEAD + (
    "u1,2025-06-01 10:00:00,tv,0,0\n"
    "u1,2025-06-03 10:00:00,search,1,50\n"
    "u1,2025-06-09 10:00:00,tv,0,0\n"
    "u2,2025-06-02 10:00:00,search,0,0\n"
)


@pytest.fixture
def read(small):
    """Journeys of the small portfolio's market from the text of a CSV file."""

    def of(text: str, policy: str = "", **files: str):
        (small.folder / "journeys.csv").write_text(text, encoding="utf-8")
        for name, content in files.items():
            (small.folder / f"{name}.csv").write_text(content, encoding="utf-8")
        portfolio = small.load(small.yaml + "journeys: journeys.csv\n" + policy)
        return read_journeys(portfolio, next(iter(portfolio.markets)))

    return of


def test_a_conversion_ends_a_journey_and_the_next_touch_begins_another(read):
    found = read(GOOD)
    arrays = found.arrays
    names = arrays["channels"][arrays["channel"]]
    assert names.tolist() == ["tv", "search", "tv", "search"]
    assert arrays["start"].tolist() == [0, 2, 3, 4]
    assert arrays["conversions"].tolist() == [1, 0, 0]
    assert arrays["value"].tolist() == [50, 0, 0]
    assert arrays["hours"].tolist() == [48, 0, 0, 0]
    row = found.quality.iloc[0]
    assert row[["journeys", "touches", "conversions", "identities", "people"]].tolist() == [3, 4, 1, 2, 2]
    assert list(found.quality.columns) == QUALITY_COLUMNS


def test_rows_may_stand_in_any_order(read):
    lines = GOOD.splitlines()
    turned = "\n".join([lines[0], *reversed(lines[1:])]) + "\n"
    for one, other in zip(read(GOOD).arrays.values(), read(turned).arrays.values(), strict=True):
        assert np.array_equal(one, other)


def test_touches_older_than_the_lookback_are_dropped_and_counted(read):
    found = read(GOOD, "journeys_policy: {lookback_days: 1}\n")
    assert found.arrays["start"].tolist() == [0, 1, 2, 3]
    assert found.quality["dropped_touches"].iloc[0] == 1


def test_repeated_touches_are_collapsed_where_the_policy_says_so(read):
    again = GOOD + "u2,2025-06-02 11:00:00,search,0,0\nu2,2025-06-02 12:00:00,tv,0,0\n"
    assert len(read(again).arrays["channel"]) == 6
    collapsed = read(again, "journeys_policy: {repeated: collapse}\n").arrays
    assert collapsed["channels"][collapsed["channel"]].tolist() == ["tv", "search", "tv", "search", "tv"]


def test_identities_are_joined_by_links_and_the_match_rate_is_said(read):
    links = "user,person\nu1,p\nu2,p\n"
    found = read(GOOD, "journeys_policy: {links: links.csv}\n", links=links)
    names = found.arrays["channels"][found.arrays["channel"]]
    assert names.tolist() == ["tv", "search", "search", "tv"]
    assert found.arrays["start"].tolist() == [0, 3, 4]
    assert found.quality[["identities", "people", "matched_share"]].iloc[0].tolist() == [2, 1, 1.0]


def test_a_persons_name_is_not_taken_for_another_identity(read):
    found = read(GOOD, "journeys_policy: {links: links.csv}\n", links="user,person\nu1,u2\n")
    assert found.quality["people"].iloc[0] == 2
    assert found.quality["matched_share"].iloc[0] == 0.5


def test_channels_of_journeys_alone_are_declared(read):
    more = GOOD + "u3,2025-06-02 10:00:00,direct,0,0\n"
    assert "direct" in read(more, "journeys_policy: {other_channels: [direct]}\n").arrays["channels"]


def test_aggregated_paths_with_their_counts(read):
    found = read("path,count,conversions,value\ntv > search,10,2,80\nsearch,5,0,0\n").arrays
    assert found["start"].tolist() == [0, 2, 3]
    assert found["count"].tolist() == [10, 5]
    assert found["value"].tolist() == [80, 0]
    assert np.isnan(found["hours"]).all()


def test_without_a_file_there_are_none(small):
    portfolio = small.load(small.yaml)
    found = read_journeys(portfolio, next(iter(portfolio.markets)))
    assert found.arrays == {}
    assert found.quality.empty


def _touch(user="u1", time="2025-06-01 10:00:00", channel="tv", converted="0", value="0") -> str:
    return f"{HEAD}{user},{time},{channel},{converted},{value}\n"


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("", "the file is empty", "journeys.csv"),
        ("user,time,chanel,converted\nu,2025-06-01,tv,0\n", "column 'channel' is missing", "journeys.csv"),
        (GOOD.replace("value", "worth"), "column 'worth' is unknown", "journeys.csv"),
        (_touch(user="jane@example.org"), "a user looks like an e-mail address", "row 2"),
        (_touch(user="192.168.0.12"), "a user looks like an internet address", "row 2"),
        (_touch(user="+49 170 1234567"), "a user looks like a phone number", "row 2"),
        (_touch(user=""), "user is blank", "row 2"),
        (_touch(channel="serch"), "channel 'serch' is unknown", "row 2"),
        (_touch(channel="", converted="1"), "a conversion stands without a touch", "row 2"),
        (_touch(channel=""), "channel is blank", "row 2"),
        (_touch(converted="maybe"), "converted is neither yes nor no", "row 2"),
        (_touch(converted="1", value="-5"), "value is negative", "row 2"),
        (_touch(converted="1", value="five"), "value is no number", "row 2"),
        (_touch(value="5"), "value stands beside no conversion", "row 2"),
        (_touch(time="June"), "time cannot be read", "row 2"),
        (GOOD + GOOD.splitlines()[1] + "\n", "1 touches stand in the file twice", "row 6"),
        (
            GOOD + "u9,2025-06-02T10:00:00Z,tv,0,0\nu9,2025-06-02T10:00:00+02:00,tv,0,0\n",
            "times are in 3 different time zones",
            "column 'time'",
        ),
        ("path,count,conversions\ntv > serch,10,2\n", "channel 'serch' is unknown", "row 2"),
        ("path,count,conversions\ntv,1,2\n", "more conversions than people", "row 2"),
        ("path,count,conversions\ntv,-1,0\n", "count is negative", "row 2"),
    ],
)
def test_what_cannot_be_right_is_refused(read, text, what, where):
    with pytest.raises(InputError) as refused:
        read(text)
    problem = refused.value.problems[0]
    assert problem.what.startswith(what)
    assert where in problem.where
    assert problem.mend


def test_personal_data_are_not_repeated_in_the_message(read):
    with pytest.raises(InputError) as refused:
        read(_touch(user="jane@example.org"))
    assert "jane" not in str(refused.value)


def test_a_missing_file_is_named(small):
    portfolio = small.load(small.yaml + "journeys: nothing.csv\n")
    with pytest.raises(InputError, match=r"the file 'nothing\.csv' does not exist"):
        read_journeys(portfolio, next(iter(portfolio.markets)))


def test_parquet_with_numbers_for_users_and_flags(small):
    rows = {"user": [7, 7], "time": pd.to_datetime(["2025-06-01", "2025-06-02"]), "channel": ["tv", "search"]}
    pd.DataFrame(rows | {"converted": [False, True]}).to_parquet(small.folder / "j.parquet")
    portfolio = small.load(small.yaml + "journeys: j.parquet\n")
    arrays = read_journeys(portfolio, next(iter(portfolio.markets))).arrays
    assert arrays["conversions"].tolist() == [1]
    assert arrays["hours"].tolist() == [24, 0]


def test_arrays_are_stored_as_they_are_and_equal_ones_in_equal_files(read, tmp_path):
    layout, arrays = Layout("p", tmp_path), read(GOOD).arrays
    write_journeys(arrays, layout, "DE")
    before = layout.journeys("DE").read_bytes()
    write_journeys(arrays, layout, "DE")
    assert layout.journeys("DE").read_bytes() == before
    again = read_journey_arrays(layout.journeys("DE"))
    assert all(np.array_equal(again[name], arrays[name], equal_nan=name == "hours") for name in arrays)
    write_journeys({}, layout, "AT")
    assert read_journey_arrays(layout.journeys("AT")) == {}
