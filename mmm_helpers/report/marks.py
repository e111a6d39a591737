"""Small pieces of HTML that say one thing each: a status, a data tier, a cause mark, an interval, a trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from mmm_helpers.report.words import MISSING, interval_text, is_missing

STATUS = {
    "pass": ("✓", "pass"),
    "review": ("!", "review"),
    "fail": ("✕", "fail"),
    "missing": ("–", "missing"),
}
"""Status → icon and word; colour comes third, so that nobody depends on it."""

TIERS = {
    "local": ("●", "local", "mostly this market's own data"),
    "partially_pooled": ("◐", "partly pooled", "own data and the other markets or regions together"),
    "transferred": ("○", "transferred", "mostly learnt from other markets or regions"),
}
"""Data tier → mark, word, meaning."""

CAUSES = {
    "tested": ("▲", "tested", "an experiment in this market and channel, at most 18 months old"),
    "quasi": ("△", "quasi", "a natural experiment"),
    "observational": ("▽", "observational", "no experiment: correlation over time, adjusted by the model"),
}
"""Cause mark → mark, word, meaning."""


def chip(status: str, *, text: str = "") -> str:
    """A status as icon, word and colour.

    Examples
    --------
    >>> chip("pass")
    '<span class="mmm-chip mmm-pass"><span aria-hidden="true">✓</span> pass</span>'
    """
    icon, word = STATUS.get(status, STATUS["missing"])
    css = status if status in STATUS else "missing"
    shown = escape(text or word)
    return f'<span class="mmm-chip mmm-{css}"><span aria-hidden="true">{icon}</span> {shown}</span>'


def tier_mark(tier: str) -> str:
    """The data tier as mark and word; its meaning appears on hover.

    Examples
    --------
    >>> "● local" in tier_mark("local")
    True
    """
    return _mark(TIERS, tier)


def cause_mark(cause: str) -> str:
    """What speaks for cause, as mark and word; its meaning appears on hover."""
    return _mark(CAUSES, cause)


def tier_words(tier: str) -> str:
    """The data tier as plain text, for charts and sentences.

    Examples
    --------
    >>> tier_words("partially_pooled")
    '◐ partly pooled'
    """
    mark, word, _ = TIERS.get(tier, (MISSING, "", ""))
    return f"{mark} {word}".strip()


def cause_words(cause: str) -> str:
    """What speaks for cause as plain text, for charts and sentences.

    Examples
    --------
    >>> cause_words("tested")
    '▲ tested'
    """
    mark, word, _ = CAUSES.get(cause, (MISSING, "", ""))
    return f"{mark} {word}".strip()


def evidence_signs(row: Mapping[str, object]) -> str:
    """Data tier and cause mark of a row as two signs, for behind a number in a sentence.

    Examples
    --------
    >>> evidence_signs({"data_tier": "local", "cause_mark": "observational"})
    '● ▽'
    """
    tier, cause = TIERS.get(str(row["data_tier"])), CAUSES.get(str(row["cause_mark"]))
    return " ".join(mark[0] for mark in (tier, cause) if mark)


def explain_signs() -> str:
    """All signs of data tiers and cause marks in words, for under a table or a chart."""
    tiers = "; ".join(f"{mark} {word}: {meaning}" for mark, word, meaning in TIERS.values())
    causes = "; ".join(f"{mark} {word}: {meaning}" for mark, word, meaning in CAUSES.values())
    return f"Whose data a number rests on: {tiers}. What speaks for cause: {causes}."


def interval_bar(
    mean: float, low: float, high: float, *, longest: float, break_even: float | None = None
) -> str:
    """Dot and 90 % interval as a small drawing, the numbers beside it.

    Parameters
    ----------
    mean, low, high : the estimate.
    longest : value at the right end of the drawing, the same for all rows of a table.
    break_even : where a thin mark is drawn; None for no mark.
    """
    if is_missing(mean):
        return MISSING
    text = interval_text(mean, low, high)
    x = [_position(v, longest) for v in (low, mean, high)]
    mark = ""
    if break_even is not None and break_even <= longest:
        at = _position(break_even, longest)
        mark = f'<line class="mmm-break-even" x1="{at:.1f}" x2="{at:.1f}" y1="1" y2="17"/>'
    return (
        f'<span class="mmm-interval"><svg viewBox="0 0 120 18" width="120" height="18" role="img" '
        f'aria-label="{escape(text)}">{mark}'
        f'<line class="mmm-range" x1="{x[0]:.1f}" x2="{x[2]:.1f}" y1="9" y2="9"/>'
        f'<circle class="mmm-dot" cx="{x[1]:.1f}" cy="9" r="4"/></svg> <span>{escape(text)}</span></span>'
    )


def sparkline(values: Sequence[float]) -> str:
    """A trend as a small line, its last point marked.

    Parameters
    ----------
    values : at least two numbers in their order in time; missing ones are left out.
    """
    points = [float(v) for v in values if not is_missing(v)]
    if len(points) < 2:
        return MISSING
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    xy = [(4 + 82 * i / (len(points) - 1), 18 - 14 * (v - low) / span) for i, v in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in xy)
    word = "rising" if points[-1] > points[0] else "falling"
    return (
        f'<svg class="mmm-spark" viewBox="0 0 90 22" width="90" height="22" role="img" '
        f'aria-label="trend, {word}"><polyline points="{line}"/>'
        f'<circle cx="{xy[-1][0]:.1f}" cy="{xy[-1][1]:.1f}" r="2.5"/></svg>'
    )


def _mark(marks: dict[str, tuple[str, str, str]], key: str) -> str:
    if key not in marks:
        return MISSING
    mark, word, meaning = marks[key]
    return f'<span class="mmm-mark" title="{escape(meaning)}">{mark} {escape(word)}</span>'


def _position(value: float, longest: float) -> float:
    return 4 + 112 * min(max(float(value) / longest, 0.0), 1.0)
