"""What a page shows of each study: its sentence and chart, why it is missing, or nothing."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from mmm_helpers.estimands.studies import STUDY_COLUMNS
from mmm_helpers.model.studies import STUDIES, TIED
from mmm_helpers.report import display
from mmm_helpers.report.display import as_prose
from mmm_helpers.report.model import study_blocks

mpl.use("agg")
LOOK = study_blocks.Look({"tv": "TV", "search": "Search"}, {"tv": "#0072B2"}, "EUR", "week")


@pytest.fixture
def shown(monkeypatch) -> list[tuple[str, str]]:
    """Everything displayed, as (kind, text)."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(display, "markdown", lambda text, css="": found.append((css, text)))
    monkeypatch.setattr(display, "html", lambda text: found.append(("html", text)))
    monkeypatch.setattr(study_blocks, "figure", lambda fig, alt: found.append(("figure", alt)))
    yield found
    plt.close("all")


def _returns(variant: str, shift: float, advice: str = "hold") -> list[dict]:
    bounds = {"roas_mean": 2.0, "roas_q05": 1.0, "roas_q95": 4.0, "advice": advice}
    return [{"variant": variant, "channel": c, "shift_sd": shift} | bounds for c in ("tv", "search")]


def _study(study: str) -> pd.DataFrame:
    """Rows enough for any study: a reference, one other variant with its scores, and what the study is about."""
    others = {
        "build_up": ["baseline", "tv"],
        "placebo": ["reference", "prior", "shuffled"],
        "family": ["reference", "adstock: delayed"],
        "refresh": ["reference", "4 fewer"],
        "comparison": ["reference", "ridge"],
    }
    rows: list[dict] = []
    for i, variant in enumerate(others.get(study, ["reference", "full"])):
        head = {"variant": variant, "channel": "all", "crps": 100.0 - i, "elpd_difference": -float(i)}
        head |= {"elpd_se": 2.0, "value": 0.1, "value_q05": 0.05, "value_q95": 0.2, "note": TIED}
        own = _returns(variant, 0.5 * i)
        rows += [head | {"channel": "tv"}] if study == "placebo" else [head, *own]
    if study == "family":
        rows += _returns("stacked", 0.2, "more")
    table = pd.DataFrame(rows, columns=STUDY_COLUMNS)
    return table.assign(market="XX", study=study, computed_on="2026-01-05")


def test_blocks_cover_every_study():
    assert {*study_blocks.BLOCKS, *study_blocks.CHANGES} - {"changes"} == set(STUDIES)


@pytest.mark.parametrize("block", study_blocks.BLOCKS)
def test_a_block_begins_with_its_finding_and_ends_with_its_date(block, shown):
    name = "controls" if block == "changes" else block
    study_blocks.show_study(_study(name), block, LOOK)
    kinds = [kind for kind, _ in shown]
    assert kinds[0] == "mmm-finding"
    assert any("2026-01-05" in text for _, text in shown)
    charts = [as_prose(text) for kind, text in shown if kind == "figure"]
    assert charts == (
        [] if block == "pooling" else [shown[0][1]]
    )  # the chart's text says what the finding says


def test_stacking_that_changes_advice_is_said(shown):
    study_blocks.show_study(_study("family"), "family", LOOK)
    assert "**The advice changes for TV and Search.**" in shown[0][1]


def test_nothing_is_shown_where_nothing_was_computed(shown):
    nothing = pd.DataFrame(columns=STUDY_COLUMNS)
    study_blocks.show_study(nothing, "family", LOOK)
    assert shown == []
    study_blocks.explain_none(nothing)
    assert shown[0][0] == "mmm-note"
    assert "PROFILE=full" in shown[0][1]


def test_a_study_that_does_not_apply_says_why(shown):
    study_blocks.show_study(_study("family"), "pooling", LOOK)
    assert shown == [("mmm-note", "The market has one region, so there is nothing to pool.")]
    study_blocks.explain_none(_study("family"))
    assert len(shown) == 1


def test_a_market_that_pays_for_nothing_has_no_return_to_compare(shown):
    unpaid = _study("family")
    study_blocks.show_study(unpaid[unpaid["channel"] == "all"], "family", LOOK)
    assert [kind for kind, _ in shown] == ["mmm-note"]
