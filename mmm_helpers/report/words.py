"""Numbers as text: the one place that decides digits, units, ranges and what a missing number looks like."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

MISSING = "–"
"""What is shown where there is no number: never "nan", never an empty cell."""

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "CHF": "CHF "}
"""Signs of currencies; any other is written as its code and a space."""

UNITS = ((1e9, " bn"), (1e6, " M"), (1e3, " k"), (1.0, ""))
MINUS = "−"
THIN_SPACE = "\u202f"
NIL = 0.001
"""An amount of money below this is nothing."""


def is_missing(value: object) -> bool:
    """Whether there is no finite number to show.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing(None), is_missing(0)
    (True, True, False)
    """
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return not math.isfinite(float(value))


def significant(value: float, digits: int = 2) -> str:
    """The value with this many significant digits, no exponent, thousands set apart.

    Examples
    --------
    >>> significant(1.84), significant(0.0312), significant(123.4), significant(12.0)
    ('1.8', '0.031', '120', '12')
    """
    if is_missing(value):
        return MISSING
    value = float(value)
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    # rounding up to the next power of ten costs one decimal: 9.96 is 10, not 10.0
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    return _signed(f"{abs(rounded):,.{max(decimals, 0)}f}", rounded)


def ratio(value: float) -> str:
    """A return per unit of money with two significant digits.

    Examples
    --------
    >>> ratio(1.84), ratio(-0.26)
    ('1.8', '−0.26')
    """
    return significant(value, 2)


def money(value: float, currency: str, *, digits: int = 3, sign: bool = False) -> str:
    """An amount with its currency and a unit that keeps it short.

    Parameters
    ----------
    value : amount in `currency`.
    currency : ISO code.
    digits : significant digits.
    sign : write a plus before a gain.

    Examples
    --------
    >>> money(12_345_678, "EUR"), money(-950, "JPY"), money(95_000, "EUR", digits=2, sign=True)
    ('€12.3 M', '−¥950', '+€95 k')
    """
    if is_missing(value):
        return MISSING
    value = value if abs(value) >= NIL else 0.0
    size, unit = _unit(float(value), digits)
    plus = "+" if sign and float(value) > 0 else ""
    minus = MINUS if float(value) < 0 and significant(value, digits) != "0" else ""
    return f"{plus}{minus}{_symbol(currency)}{significant(abs(float(value)) / size, digits)}{unit}"


def money_interval(mean: float, low: float, high: float, currency: str, *, sign: bool = False) -> str:
    """An amount with its interval, all three in the unit of the largest.

    Examples
    --------
    >>> money_interval(3.42e6, 2.9e6, 4.1e6, "EUR")
    '€3.42 M (2.90–4.10)'
    >>> money_interval(95e3, -20e3, 210e3, "EUR", sign=True)
    '+€95 k (−20 to +210)'
    >>> money_interval(0.0007, 0.0, 0.0, "EUR")
    '€0 (0–0)'
    """
    if is_missing(mean):
        return MISSING
    largest = max((abs(float(v)) for v in (mean, low, high) if not is_missing(v)), default=0.0)
    if largest < NIL:
        mean = low = high = largest = 0.0
    size, unit = _unit(largest, 3)
    # digits by the largest of the three, but never so few that the mean vanishes
    decimals = max(_decimals(largest / size, 3), _decimals(float(mean) / size, 1))
    head = (
        f"{_plus(mean, sign)}{_minus(mean)}{_symbol(currency)}{abs(float(mean)) / size:,.{decimals}f}{unit}"
    )
    return head + _bounds(low, high, lambda v: _signed(f"{abs(v / size):,.{decimals}f}", v), sign=sign)


def money_tick(value: float, currency: str) -> str:
    """An amount as it stands on an axis: as short as can be.

    Examples
    --------
    >>> money_tick(8e6, "EUR"), money_tick(2.5e6, "EUR"), money_tick(-4e5, "EUR")
    ('€8 M', '€2.5 M', '−€400 k')
    """
    size, unit = _unit(float(value), 3)
    return f"{_minus(value)}{_symbol(currency)}{abs(value) / size:.3g}{unit}"


def percent(value: float, *, digits: int = 0, sign: bool = False) -> str:
    """A share as a percentage.

    Examples
    --------
    >>> percent(0.314), percent(0.0042), percent(-0.05, sign=True), percent(0.2, sign=True)
    ('31 %', '0.4 %', '−5 %', '+20 %')
    """
    if is_missing(value):
        return MISSING
    hundred = float(value) * 100
    if digits == 0 and 0 < abs(hundred) < 1:
        digits = 1
    return f"{_plus(value, sign)}{_signed(f'{abs(hundred):.{digits}f}', hundred)} %"


def percent_interval(mean: float, low: float, high: float) -> str:
    """A share with its interval as percentages.

    Examples
    --------
    >>> percent_interval(0.31, 0.27, 0.36)
    '31 % (27–36)'
    """
    if is_missing(mean):
        return MISSING
    return percent(mean) + _bounds(low, high, lambda v: _signed(f"{abs(v * 100):.0f}", v))


def interval_text(mean: float, low: float, high: float) -> str:
    """A return with its interval.

    Examples
    --------
    >>> interval_text(2.1, 1.8, 2.5), interval_text(0.4, -0.1, 1.2)
    ('2.1 (1.8–2.5)', '0.40 (−0.10 to 1.2)')
    """
    if is_missing(mean):
        return MISSING
    return ratio(mean) + _bounds(low, high, ratio)


def chance(value: float) -> str:
    """A probability as a percentage that never claims certainty.

    Examples
    --------
    >>> chance(0.123), chance(0.999), chance(0.0)
    ('12 %', 'more than 99 %', 'less than 1 %')
    """
    if is_missing(value):
        return MISSING
    if value > 0.99:
        return "more than 99 %"
    return "less than 1 %" if value < 0.01 else percent(value)


def day(value: object) -> str:
    """A date as year-month-day.

    Examples
    --------
    >>> day("2025-12-28T00:00")
    '2025-12-28'
    """
    if value is None or pd.isna(value):
        return MISSING
    return pd.Timestamp(value).date().isoformat()


def period(start: object, end: object) -> str:
    """A span of time.

    Examples
    --------
    >>> period("2025-01-06", "2025-12-28")
    '2025-01-06 – 2025-12-28'
    """
    return f"{day(start)} – {day(end)}"


def join(items: Sequence[str], *, last: str = "and") -> str:
    """A list as it stands in a sentence.

    Examples
    --------
    >>> join(["TV", "Email", "Display"]), join([])
    ('TV, Email and Display', 'none')
    """
    items = [str(i) for i in items]
    if len(items) < 2:
        return items[0] if items else "none"
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things.

    Examples
    --------
    >>> count(1, "region"), count(4, "region"), count(2, "country", "countries")
    ('1 region', '4 regions', '2 countries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _symbol(currency: str) -> str:
    # a count has no currency
    return SYMBOLS.get(currency, f"{currency} " if currency else "")


def _unit(value: float, digits: int) -> tuple[float, str]:
    # 999.9 k with three digits is 1.00 M
    shown = abs(value) * (1 + 0.5 * 10 ** (-digits))
    return next(((size, name) for size, name in UNITS if shown >= size), UNITS[-1])


def _signed(text: str, value: float) -> str:
    return MINUS + text if value < 0 and text.strip("0.,") else text


def _plus(value: float, sign: bool) -> str:
    return "+" if sign and float(value) > 0 else ""


def _minus(value: float) -> str:
    return MINUS if float(value) < 0 else ""


def _decimals(value: float, digits: int) -> int:
    return max(digits - 1 - math.floor(math.log10(abs(value))), 0) if value else 0


def _bounds(low: float, high: float, text, *, sign: bool = False) -> str:
    if is_missing(low) or is_missing(high):
        return ""
    low, high = float(low), float(high)
    # a dash beside a minus sign is hard to read
    join_word = " to " if low < 0 or sign else "–"
    return f" ({_plus(low, sign)}{text(low)}{join_word}{_plus(high, sign)}{text(high)})"
