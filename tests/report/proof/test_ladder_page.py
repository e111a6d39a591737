"""The page about worlds with known truth, on rows made by hand: what it says, and what it says without rows."""

from __future__ import annotations

import json

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers import layout as paths
from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.ladder.rows import FIGURE_COLUMNS, Measurement, write_rows
from mmm_helpers.ladder.scores import mark_rows
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.layout import PROJECT_ROOT, Layout
from mmm_helpers.report import display
from mmm_helpers.report.proof import ladder_page as page
from mmm_helpers.report.proof import ladder_refusals as refusals
from mmm_helpers.report.proof import ladder_sources as sources
from mmm_helpers.report.proof import plots_ladder
from tests.ladder.made_up import SILENT, failed, ladder, rows

mpl.use("agg")
REFUSED = {"decision_grade": False}
NULL = {"world": "null_channel", "null": True, "truth_incremental": 0.0, "truth_mroas": 0.0}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    return ladder(6)


def test_headline_without_a_silent_failure_gives_the_upper_limit():
    text = page.describe_verdict(rows(*({"seed": s} for s in range(20))))
    assert "Of **20 decision-grade numbers** over 20 seeds in 1 world" in text
    assert "**none was silently wrong**" in text
    assert "at most **13.9 %**" in text


def test_headline_counts_silent_failures():
    text = page.describe_verdict(
        rows({} | SILENT, {"channel": "b"}, {"channel": "c"} | SILENT, {"channel": "d"})
    )
    assert "**2 (50.0 %) were silently wrong**" in text


def test_headline_without_decision_grade_numbers():
    assert page.describe_verdict(rows(REFUSED)).startswith("**No number** was decision-grade over 1 seed")


def test_worlds_stand_from_easy_to_hard_with_their_names():
    found = page.world_scores(rows({"world": "gone"}, {"world": "thin"}, {"world": "clean"}))
    assert found["label"].tolist() == [WORLDS["clean"].label, WORLDS["thin"].label, "gone"]


def test_worlds_table_shows_good_and_bad_alike():
    bad = [{"world": "thin", "seed": s, "p_above": 0.1} | SILENT for s in range(3)]
    table = page.compute_world_table(rows({}, *bad, {"world": "short"} | REFUSED)).set_index(
        page.WORLD_COLUMNS[0]
    )
    clean, thin, short = (table.iloc[i] for i in range(3))
    assert WORLDS["thin"].says in thin.name
    assert "none" in clean["Silent failures"]
    assert "3" in thin["Silent failures"]
    assert "not 90 %" in thin["Ranges that hold the truth"]
    assert thin["Advice the wrong way"] == "3 of 3"
    assert short.tolist() == ["0 of 1", "–", "–", "–", "5 %"]


def test_worlds_with_wrong_coverage_are_named():
    bad = [{"world": "thin", "seed": s} | SILENT for s in range(3)]
    text = page.describe_ladder(rows({}, *bad))
    assert "everywhere but in Thin markets" in text
    assert "in **0 of 4** (0.0 %)" in text


def test_table_of_all_scores_ends_with_all_worlds(drawn):
    table = page.compute_score_table(drawn)
    assert table["World"].iloc[-1] == "All together"
    assert not table.isin(["nan", "None"]).any().any()


def test_typical_errors_of_both_verdicts():
    text = page.describe_scatter(rows({}, {"incremental_mean": 260.0} | REFUSED))
    assert "off by **5 %**" in text
    assert "a refused one by **30 %**" in text


def test_null_channel_in_words_and_by_what_is_said():
    cells = [
        {"q95_share": 0.01},
        {"channel": "b", "q95_share": 0.05, "landed_q05": 20.0},
        {"channel": "c", "q95_share": 0.05, "identified": False, "decision_grade": False},
        {"channel": "d", "q95_share": 0.05},
    ]
    given = rows(*(NULL | c for c in cells))
    text = refusals.describe_null(given)
    assert "in **3 of 4 cells**, 75 %" in text
    assert "Advice to spend more came with 3 of them" in text
    assert refusals.compute_null_table(given)["Cells"].tolist() == [1, 1, 1, 1]


def test_spend_that_follows_demand_is_cut_rightly_or_not():
    doubted = REFUSED | {"identified": False, "reason": FOLLOWS, "p_above": 0.1, "break_even": 2.0}
    cells = [{"truth_mroas": 1.0}, {"channel": "b", "truth_mroas": 3.0}, {"channel": "c", "p_above": 0.5}]
    text = refusals.describe_cuts(rows(*(doubted | c for c in cells)))
    assert "2 numbers in these worlds, of which **1** truly did." in text.replace("\u00a0", " ")
    assert refusals.describe_cuts(rows({})) == ""


def test_refusals_are_counted_once_by_the_first_reason():
    cells = [
        failed("clean", 2),
        REFUSED | {"computation": "fail", "plausibility": "fail"},
        REFUSED | {"plausibility": "fail", "identified": False, "reason": "mostly prior"},
        REFUSED | {"identified": False, "reason": "cannot be told apart from TV"},
        REFUSED | {"identified": False, "reason": "cannot be told apart from Radio"},
        REFUSED | {"identified": False, "reason": "mostly prior", "incremental_mean": 300.0},
        REFUSED | {"p_above": 0.5},
        REFUSED,
        {},
    ]
    table = refusals.compute_refusals(rows(*cells)).set_index("What is said")
    assert table["Cells"].tolist() == [1, 1, 1, 2, 1, 1, 1]
    assert table.loc["Mostly prior", "Would have been off by"] == "50 %"
    assert table.loc["Cannot be told apart from another channel", "Share"] == "25 %"
    assert table.index[-1] == "Another rule"


def test_decision_grade_without_a_test_is_told_where_causes_are_hidden():
    hidden = {"world": "chases_demand", "confounded": True}
    text = refusals.describe_untested(rows(hidden, hidden | REFUSED, hidden | {"tested": True}))
    assert f"1 of 2 in “{WORLDS['chases_demand'].label}”" in text
    assert refusals.describe_untested(rows({})) == ""


def test_false_alarms_are_told_with_their_share():
    text = refusals.describe_alarms(rows({}, {"seed": 2} | REFUSED, {"world": "thin"} | REFUSED))
    assert "**50 % (1–99)** are refused although they are off by less than 25 %" in text
    table = refusals.compute_alarm_table(rows({}, {"world": "thin"}, {"seed": 2} | REFUSED))
    assert table[["World", "False alarms"]].to_numpy().tolist() == [[WORLDS["clean"].label, "1"]]


@pytest.mark.parametrize(("numbers", "text"), [([3], "3"), ([1, 2, 3, 7], "1–3 and 7"), ([], "none")])
def test_seeds_are_written_as_ranges(numbers, text):
    assert sources.spans(numbers) == text


def measured(shipped: bool = True) -> Measurement:
    return Measurement(rows({}).assign(when="2026-12-01"), PROJECT_ROOT / "ladder.csv.gz", shipped)


def test_source_says_where_when_and_whether_the_model_is_the_same():
    same = sources.describe_source(measured(), "abc")
    assert same == (
        "Measured once, and shipped with the repository, on 2026-12-01. The model's source is the same now."
    )
    other = sources.describe_source(measured(shipped=False), "def")
    assert "on this machine" in other
    assert "has changed since; `make bench ONLY=ladder`" in other


def test_seeds_say_that_none_was_tuned_on():
    given = rows({"seed": 1}, {"seed": 2}, {"seed": 1, "world": "thin"})
    assert "**2 seeds** are reported, 1 to 2 in each world; none of them" in sources.describe_seeds(given)
    assert sources.compute_seed_table(given)["Seeds"].tolist() == ["1000–1099", "1–2"]


def figure_row(**values: str) -> dict[str, str]:
    return dict.fromkeys(FIGURE_COLUMNS, "") | values


def test_figures_of_the_ladder_come_from_the_rows_and_others_from_the_table():
    kept = [
        figure_row(figure="ladder.silent_failures", value="99", target="≤ 0", met="no"),
        figure_row(figure="sampling.3x5", value="50", peer="plain <hierarchy>", peer_value="10", ratio="5",
                   target="≥ 3", met="yes", when="2026-12-01T10:00:00+00:00"),
        figure_row(figure="report.cold_minutes", met="skipped", reason="no clone"),
    ]  # fmt: skip
    given = rows({} | SILENT, {"seed": 2}).assign(when="2026-12-01")
    table = sources.compute_figure_table(given, pd.DataFrame(kept)).set_index("Figure")
    silent, sampling = table.loc["Silent failures"], table.loc["<code>sampling.3x5</code>"]
    assert (silent["Here"], silent["Target"]) == ("1", "at most 0")
    assert "missed" in silent["Reached"]
    assert sampling["Compared with"] == "plain &lt;hierarchy&gt;: 10; 5 times as good here"
    assert (sampling["Here"], sampling["Measured"]) == ("50", "2026-12-01")
    assert "no clone" in table.loc["<code>report.cold_minutes</code>", "Reached"]
    assert "1 figure could not be measured here" in sources.describe_figures(table)


def test_figures_reached_and_missed_are_both_counted():
    kept = pd.DataFrame([figure_row(figure="a.b", met="yes"), figure_row(figure="c.d", met="no")])
    table = sources.compute_figure_table(rows(), kept)
    assert "Of 2 figures with a target, **1 reached it and 1 missed it**." in sources.describe_figures(table)


def test_provenance_names_rows_seeds_and_versions():
    record = sources.summarize_measurement(measured(), "def")
    assert record["rows"] == "1 in ladder.csv.gz, shipped with the repository"
    assert record["versions"] == ["python 3.12; pymc 6"]
    assert (record["model's source at the measurement"], record["model's source now"]) == (["abc"], "def")


def test_picture_has_a_row_for_each_world_and_marks_failures(drawn):
    worlds = page.world_scores(drawn)
    held, said = plots_ladder.plot_ladder(worlds)
    assert [t.get_text() for t in held.get_yticklabels()] == worlds["label"].tolist()
    written = [t.get_text() for t in said.texts]
    assert f"✕ {worlds['silent'].max()}" in written
    assert "0" in written
    assert page.describe_picture(worlds).count("decision-grade,") == len(worlds)


def test_picture_of_a_world_without_verdicts_says_so():
    held, _ = plots_ladder.plot_ladder(page.world_scores(rows(REFUSED)))
    assert [t.get_text() for t in held.texts] == ["nothing is called decision-grade"]


def test_scatter_shows_every_scored_cell_once(drawn):
    marked = mark_rows(drawn)
    worlds = page.world_scores(drawn)
    axes = plots_ladder.plot_truth(marked, dict(zip(worlds["world"], worlds["label"], strict=True)))
    dots = sum(len(line.get_xdata()) for ax in axes for line in ax.lines if line.get_linestyle() == "None")
    crosses = sum(len(line.get_xdata()) for ax in axes for line in ax.lines if line.get_marker() == "X")
    assert (dots, crosses) == (marked["scored"].sum(), marked["silent"].sum())


def test_scatter_without_estimates_is_drawn_empty():
    (ax,) = plots_ladder.plot_truth(mark_rows(rows(failed("clean", 1))), {"clean": "Clean"})
    assert np.isfinite(ax.get_xlim()).all()


@pytest.fixture
def read_page(tmp_path, monkeypatch):
    """Text of the page with these rows in the results folder, the notebook's cells run in this process."""
    monkeypatch.setattr(paths, "SHIPPED_PROOF", tmp_path / "data")
    shown: list[str] = []
    monkeypatch.setattr(display, "display", lambda data, **_: shown.append(data["text/plain"]))

    def read(given: pd.DataFrame | None) -> str:
        if given is not None:
            write_rows(Layout("demo", tmp_path).ladder_rows[0], given)
        cells = json.loads((PROJECT_ROOT / "notebooks" / "12_proof.ipynb").read_text(encoding="utf-8"))[
            "cells"
        ]
        values: dict = {}
        for cell in (c for c in cells if c["cell_type"] == "code"):
            exec(compile("".join(cell["source"]), cell["id"], "exec"), values)
            values["results"] = str(tmp_path)
        return "\n".join(shown)

    return read


def test_page_tells_everything_without_a_missing_number(read_page, drawn):
    text = read_page(drawn)
    assert "decision-grade numbers** over 6 seeds in 11 worlds" in text
    assert "How this was computed" not in text  # a title, not a text
    assert not {"nan", "inf", "None", "NaT"} & set(text.replace("(", " ").replace(",", " ").split())


def test_page_without_rows_says_how_to_get_them(read_page):
    text = read_page(None)
    assert text.count(page.NOT_YET) >= 5
    assert "none" not in text.partition(page.NOT_YET)[0]


@pytest.mark.parametrize(
    "given",
    [
        rows(REFUSED),
        rows(failed("clean", 1)),
        rows(failed("thin", 1) | {"region": "", "channel": ""}),
        rows({"world": "gone"}),
    ],
    ids=["all refused", "only a failure", "a failure without cells", "a world that is gone"],
)
def test_page_copes_with_what_is_missing(read_page, given):
    text = read_page(given)
    assert not {"nan", "nan%", "inf"} & set(text.split())
