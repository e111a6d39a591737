"""The scenario explorer as HTML: sliders with their marks, buttons, results; `book/_static/explorer.js` moves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from mmm_helpers.report.words import money, percent

MOST = 2.0
"""Where a slider ends, in multiples of today's spend: responses are computed up to there."""
STEP = 0.01
RESULTS = {
    "spend": "Spend",
    "outcome": "Outcome (90 %)",
    "profit": "Profit (90 %)",
    "loss": "Chance of a loss",
}
"""What is shown of a setting, and its heading."""


def explorer_html(payload: Mapping[str, Any], *, currency: str) -> str:
    """The whole explorer; it shows today until its script runs.

    Parameters
    ----------
    payload : result of `explorer.build_payload`. currency : reporting currency, ISO code.
    """
    data = json.dumps(payload, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    has_plan = payload["sliders"][0]["recommended"] is not None
    sliders = "".join(slider_html(s, currency=currency) for s in payload["sliders"])
    return (
        '<div class="mmm-explorer" role="group" aria-label="Scenario explorer">'
        f"{_results(payload['span'])}{_buttons(follow=payload['follow'])}{_legend(has_plan)}"
        f'<div class="mmm-sliders">{sliders}</div>'
        f'<script type="application/json" class="mmm-explorer-data">{data}</script></div>'
    )


def _results(span: str) -> str:
    boxes = "".join(
        f'<div class="mmm-result" data-result="{name}"><div class="mmm-card-title">{title}</div>'
        '<div class="mmm-result-value">–</div><div class="mmm-card-line"></div></div>'
        for name, title in RESULTS.items()
    )
    return (
        '<div class="mmm-results"><p class="mmm-results-span">Change over '
        f"{escape(span)} against spending as in the last year</p>{boxes}</div>"
        '<p class="mmm-explorer-note"></p>'
        '<p class="mmm-explorer-said" role="status" aria-live="polite"></p>'
        '<p class="mmm-explorer-status" role="status">'
        "The sliders need the script of the site: open this page in the site, with JavaScript switched on.</p>"
    )


def _buttons(*, follow: bool) -> str:
    actions = {"reset": "Back to today"}
    if follow:
        actions["follow"] = "Follow the recommendation"
    actions |= {"more": "+10 % everywhere", "less": "−10 % everywhere", "copy": "Copy link to this setting"}
    return (
        '<div class="mmm-explorer-buttons">'
        + "".join(
            f'<button type="button" data-action="{name}">{text}</button>' for name, text in actions.items()
        )
        + "</div>"
    )


def _legend(has_plan: bool) -> str:
    marks = {"today": "today"}
    if has_plan:
        marks |= {"recommended": "recommended", "bounds": "as far as the plan may go"}
    marks |= {"some": "hardly ever spent in some regions", "all": "hardly ever spent in any"}
    items = "".join(
        f'<span><i class="mmm-key mmm-key-{name}" aria-hidden="true"></i>{text}</span>'
        for name, text in marks.items()
    )
    return f'<p class="mmm-explorer-legend">{items}</p>'


def slider_html(slider: Mapping[str, Any], *, currency: str) -> str:
    """One slider with its marks, in multiples of today's spend; its curve is drawn by the script."""
    name = f"explorer-{escape(slider['key'])}"
    return (
        f'<div class="mmm-slider" data-key="{escape(slider["key"])}" style="--channel: {slider["color"]}">'
        f'<div class="mmm-slider-head"><label for="{name}">{escape(slider["label"])}</label>'
        f'<span class="mmm-slider-spend">{money(slider["spend"], currency)}</span></div>'
        f'<div class="mmm-slider-plot" aria-hidden="true">{_marks(slider)}</div>'
        f'<input type="range" id="{name}" min="0" max="{MOST:g}" step="{STEP:g}" value="1" autocomplete="off" '
        f'aria-describedby="{name}-marks">'
        f'<div class="mmm-slider-effect"></div>'
        f'<div class="mmm-slider-marks" id="{name}-marks">{describe_marks(slider, currency=currency)}</div></div>'
    )


def _marks(slider: Mapping[str, Any]) -> str:
    first, last = seen_up_to(slider)
    marks = _band("some", first, min(last, MOST)) + _band("all", last, MOST)
    if slider["recommended"] is not None:
        spend = slider["spend"]
        marks += _band("bounds", slider["lower"] / spend, slider["upper"] / spend)
        marks += _line("recommended", slider["recommended"] / spend)
    return '<svg viewBox="0 0 200 100" preserveAspectRatio="none"></svg>' + marks + _line("today", 1.0)


def _band(name: str, low: float, high: float) -> str:
    if low >= MOST or high <= low:
        return ""
    left, width = 100 * low / MOST, 100 * (min(high, MOST) - low) / MOST
    return f'<i class="mmm-at mmm-at-{name}" style="left: {left:.3f}%; width: {width:.3f}%"></i>'


def _line(name: str, at: float) -> str:
    return f'<i class="mmm-at mmm-at-{name}" style="left: {100 * at / MOST:.3f}%"></i>'


def seen_up_to(slider: Mapping[str, Any]) -> tuple[float, float]:
    """Multiples beyond which the first, and every region spends more than in 95 % of its periods."""
    support = [support for _, support in slider["cells"]]
    return min(support), max(support)


def describe_marks(slider: Mapping[str, Any], *, currency: str) -> str:
    """The marks of a slider in words, for those who cannot see them and for print.

    Examples
    --------
    >>> marks = {"spend": 100.0, "recommended": 110.0, "lower": 80.0, "upper": 120.0, "cells": [[100.0, 1.5]]}
    >>> describe_marks(marks, currency="EUR")
    'Recommended €110 (+10 %), may go from −20 % to +20 %; seen up to +50 %.'
    """
    first, last = (percent(s - 1, sign=True) for s in seen_up_to(slider))
    seen = f"seen up to {first if first == last else f'{first} to {last} by region'}."
    if slider["recommended"] is None:
        return seen[0].upper() + seen[1:]
    spend, advised = slider["spend"], slider["recommended"]
    low, high = (slider[name] / spend - 1 for name in ("lower", "upper"))
    range_text = (
        f"may go from {percent(low, sign=True)} to {percent(high, sign=True)}"
        if high - low > STEP / 10
        else "fixed"
    )
    change = advised / spend - 1
    text = (
        "as today" if abs(change) < STEP / 2 else f"{money(advised, currency)} ({percent(change, sign=True)})"
    )
    return f"Recommended {text}, {range_text}; {seen}"
