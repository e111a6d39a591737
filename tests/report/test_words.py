"""Numbers as text: digits, units, ranges, and what stands where there is no number."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from mmm_helpers.report import words

NOTHING = [None, math.nan, pd.NaT, pd.NA, math.inf]


@pytest.mark.parametrize("value", NOTHING)
@pytest.mark.parametrize("write", [words.ratio, words.percent, words.chance, words.significant])
def test_no_number_is_a_dash(write, value):
    assert write(value) == "–"


@pytest.mark.parametrize("value", NOTHING)
def test_no_amount_is_a_dash(value):
    assert words.money(value, "EUR") == "–"
    assert words.money_interval(value, 1.0, 2.0, "EUR") == "–"
    assert words.interval_text(value, 1.0, 2.0) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12_345_678, "€12.3 M"),
        (3_420_000, "€3.42 M"),
        (999_999, "€1.00 M"),
        (999, "€999"),
        (0, "€0"),
        (1.5e9, "€1.50 bn"),
        (-4_567, "−€4.57 k"),
    ],
)
def test_money(value, text):
    assert words.money(value, "EUR") == text


def test_money_of_a_currency_without_a_sign():
    assert words.money(1_000, "NOK") == "NOK 1.00 k"


@pytest.mark.parametrize(("value", "text"), [(1.84, "1.8"), (9.96, "10"), (0.951, "0.95"), (123.4, "120")])
def test_ratio_has_two_significant_digits(value, text):
    assert words.ratio(value) == text


def test_interval_has_an_en_dash():
    assert words.interval_text(2.1, 1.8, 2.5) == "2.1 (1.8–2.5)"


def test_interval_with_a_negative_bound_is_written_with_to():
    assert words.interval_text(0.4, -0.1, 1.2) == "0.40 (−0.10 to 1.2)"


def test_interval_without_bounds_is_the_mean():
    assert words.interval_text(2.1, math.nan, math.nan) == "2.1"


def test_money_interval_shares_one_unit():
    assert words.money_interval(9.5e5, 4e5, 2.1e6, "EUR") == "€0.95 M (0.40–2.10)"


def test_small_negative_that_rounds_to_zero_has_no_sign():
    assert words.percent(-0.00001) == "0.0 %"


@pytest.mark.parametrize(("p", "text"), [(1.0, "more than 99 %"), (0.0, "less than 1 %"), (0.5, "50 %")])
def test_chance_never_claims_certainty(p, text):
    assert words.chance(p) == text
