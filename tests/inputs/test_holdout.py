"""The holdout file: what is read, and each thing that cannot be right is refused with what, where and mend."""

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.holdout import read_holdout
from mmm_helpers.simulation.holdout import simulate_holdout

GOOD = pd.DataFrame(
    {
        "user": ["u1", "u2", "u3", "u4"],
        "market": "DE",
        "region": ["East", "East", "West", "West"],
        "channel": "search",
        "segment": ["new", "active", "new", "active"],
        "treated": ["1", "0", "1", "0"],
        "converted": ["1", "0", "0", "1"],
        "value": ["49.90", "0", "0", "20"],
        "x_recency": ["3", "40", "12", "8"],
    }
)


@pytest.fixture
def read(small):
    """`read(frame)`: the market's users of a CSV, or of a Parquet file if so named."""

    def read(frame=GOOD, *, name="people.csv", market="DE", regions=("East", "West")):
        portfolio = small.load(small.yaml.replace('"DE"', '"AT": {}\n  "DE"'), data__csv=small.wide())
        path = small.folder / name
        frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
        return read_holdout(name, portfolio, market, regions=regions)

    return read


@pytest.fixture
def refused(read):
    """`refused(row, column, cell)`: the one problem for which the file with another cell is refused."""

    def refused(row=None, column=None, cell=None, *, frame=GOOD):
        changed = frame.copy()
        if column is not None:
            changed.loc[row, column] = cell
        with pytest.raises(InputError) as caught:
            read(changed)
        assert len(caught.value.problems) == 1, caught.value
        return str(caught.value)

    return refused


def test_csv_is_read_as_numbers(read):
    users = read()
    assert users["treated"].tolist() == [1, 0, 1, 0]
    assert users["value"].tolist() == [49.9, 0.0, 0.0, 20.0]
    assert users["x_recency"].tolist() == [3.0, 40.0, 12.0, 8.0]


def test_parquet_of_flags_and_categories_is_read_alike(read):
    typed = GOOD.astype(
        {"treated": int, "converted": int, "value": float, "x_recency": int, "region": "category"}
    )
    typed = typed.assign(treated=typed["treated"].astype(bool), user=[11, 12, 13, 14])
    users = read(typed, name="people.parquet")
    pd.testing.assert_frame_equal(users.drop(columns="user"), read().drop(columns="user"), check_dtype=False)
    assert users["user"].tolist() == ["11", "12", "13", "14"]


def test_simulated_file_passes_whole(small):
    world = simulate_holdout(users=500, channel="search", regions=("East", "West"))
    portfolio = small.load(data__csv=small.wide())
    world.users.to_parquet(small.folder / "people.parquet")
    users = read_holdout("people.parquet", portfolio, "DE", regions=["East", "West"])
    pd.testing.assert_frame_equal(users, world.users, check_dtype=False)


def test_other_markets_rows_are_left_to_them(read):
    both = pd.concat([GOOD, GOOD.assign(market="AT", region="Wien")])
    assert len(read(both)) == 4
    assert read(both, market="AT", regions=["Wien"])["region"].unique().tolist() == ["Wien"]


def test_market_without_rows_has_no_users(read):
    assert read(market="AT", regions=["Wien"]).empty


def test_a_user_may_be_in_tests_of_two_channels(read):
    assert len(read(pd.concat([GOOD, GOOD.assign(channel="tv")]))) == 8


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("jane.doe@example.org", "an e-mail address"),
        ("+49 170 1234567", "a phone number"),
        ("0170/1234567", "a phone number"),
        ("01701234567", "a phone number"),
        ("(212) 555-1234", "a phone number"),
        ("192.168.10.12", "an internet address"),
        ("Jane Doe", "a person's name"),
    ],
)
def test_personal_data_are_refused_and_not_repeated(refused, cell, kind):
    said = refused(2, "user", cell)
    assert f"a user looks like {kind}: personal data must not come into a report's files" in said
    assert "people.csv, row 4, column 'user'" in said
    assert "replace every user by a pseudonym" in said
    assert cell not in said


@pytest.mark.parametrize(
    "cell", ["DE-0000017", "u17", "0000012345", "123456789", "9f86d081884c7d65", "2024-000123", "abc_17"]
)
def test_pseudonyms_are_none(read, cell):
    assert cell in set(read(GOOD.assign(user=[cell, "a", "b", "c"]))["user"])


def test_user_who_stands_twice_is_refused(refused):
    said = refused(3, "user", "u2")
    assert "user 'u2' of channel 'search' stands in row 3 too (people.csv, row 5, column 'user')" in said
    assert "remove the repeated ones" in said


@pytest.mark.parametrize(
    ("column", "cell", "what"),
    [
        ("market", "GE", "market 'GE' is unknown (people.csv, row 2, column 'market'); expected one of 'AT', 'DE'"),
        ("region", "Est", "region 'Est' is unknown (people.csv, row 2, column 'region'); expected one of 'East'"),
        ("channel", "serch", "channel 'serch' is unknown (people.csv, row 2, column 'channel')"),
        ("segment", "", "segment is blank (people.csv, row 2, column 'segment')"),
        ("user", "", "user is blank (people.csv, row 2, column 'user')"),
        ("treated", "2", "treated is 2 (people.csv, row 2, column 'treated'); expected 0 or 1: write 1 for yes"),
        ("treated", "yes", "'yes' is no number (people.csv, row 2, column 'treated')"),
        ("converted", "0.5", "converted is 0.5"),
        ("value", "-5", "value is -5 (people.csv, row 2, column 'value'); expected zero or more: set refunds"),
        ("value", "", "value is blank (people.csv, row 2, column 'value')"),
        ("x_recency", "", "x_recency is blank (people.csv, row 2, column 'x_recency')"),
        ("converted", "0", "value is 49.9 although the user did not convert"),
        ("treated", "0", "all users of channel 'search' are left out in region 'East'"),
    ],
)  # fmt: skip
def test_wrong_cell_is_refused_with_place(refused, column, cell, what):
    assert what in refused(0, column, cell)


def test_nearest_name_is_offered(refused):
    assert "the nearest is 'East'" in refused(0, "region", "Est")


def test_file_of_one_arm_is_refused(refused):
    said = refused(frame=GOOD.assign(treated="1"))
    assert "all users of channel 'search' are treated (people.csv, row 2, column 'treated')" in said
    assert "add the users that were left out" in said


def test_missing_and_unknown_columns_are_all_named(read):
    with pytest.raises(InputError) as caught:
        read(GOOD.rename(columns={"treated": "group", "x_recency": "email"}))
    said = str(caught.value)
    assert "column 'treated' is missing" in said
    assert "column 'group' is unknown" in said
    assert "column 'email' is unknown" in said
    assert "remove the column" in said


def test_many_faults_of_a_kind_are_one_problem(refused):
    said = refused(frame=GOOD.assign(region="Ost"))
    assert "region 'Ost' is unknown (and 3 more)" in said
