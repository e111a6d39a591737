"""What is said and drawn about studies, from small tables whose answers are known."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.studies import STUDY_COLUMNS
from mmm_helpers.model.studies import STUDIES, TIED
from mmm_helpers.report.model import plots_studies as plots
from mmm_helpers.report.model import studies_page as page
from mmm_helpers.report.model import study_rows as rows

LABELS = {"tv": "TV", "search": "Search", "price": "Price index"}
COLORS = {"tv": "#0072B2", "search": "#E69F00"}


def _table(study: str, *variants: tuple) -> pd.DataFrame:
    """Rows of a study: (variant, fields of its own row, {channel: fields})."""
    found = []
    for name, head, channels in variants:
        if head is not None:
            found.append({"variant": name, "channel": "all"} | head)
        found += [{"variant": name, "channel": c} | fields for c, fields in channels.items()]
    table = pd.DataFrame(found, columns=STUDY_COLUMNS)
    return table.assign(market="XX", study=study, computed_on="2026-01-05")


def _return(mean: float, shift: float = np.nan, advice: str = "hold") -> dict:
    bounds = {"roas_mean": mean, "roas_q05": mean / 2, "roas_q95": 2 * mean}
    return bounds | {"shift_sd": shift, "advice": advice}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def controls() -> pd.DataFrame:
    return _table(
        "controls",
        (
            "reference",
            {"elpd_difference": 0.0, "elpd_se": 0.0},
            {"tv": _return(2.0, 0.0), "search": _return(1.0, 0.0)},
        ),
        (
            "without price",
            {"elpd_difference": -5.0, "elpd_se": 2.0, "note": "1 period hard to leave out"},
            {"tv": _return(3.0, 1.5, "more"), "search": _return(0.9, -0.2)},
        ),
        ("without event:fair", {"elpd_difference": 0.5, "elpd_se": 1.0}, {"tv": _return(2.0, 0.1)}),
    )


@pytest.fixture
def build_up() -> pd.DataFrame:
    return _table(
        "build_up",
        ("baseline", {"crps": 100.0}, {}),
        ("controls", {"crps": 80.0, "value": -20.0}, {}),
        ("tv", {"crps": 50.0, "value": -30.0}, {"tv": _return(2.0)}),
        ("search", {"crps": 55.0, "value": 5.0}, {"tv": _return(1.5, -0.8, "less"), "search": _return(1.0)}),
    )


@pytest.fixture
def family() -> pd.DataFrame:
    heads = {"crps": 10.0, "elpd_se": 2.0}
    both = {"tv": _return(2.0), "search": _return(1.0)}
    return _table(
        "family",
        ("reference", heads | {"elpd_difference": 0.0, "elpd_se": 0.0, "value": 0.4, "note": TIED}, both),
        ("adstock: delayed", heads | {"elpd_difference": 1.0, "value": 0.6, "note": TIED}, both),
        ("saturation: log", heads | {"elpd_difference": -9.0, "value": 0.0}, both),
        ("stacked", None, {"tv": _return(4.0, 0.7, "more"), "search": _return(1.1)}),
    )


def test_without_any_study_the_page_names_the_command():
    text = page.explain_missing(pd.DataFrame(columns=STUDY_COLUMNS), "family")
    assert "`make report PROFILE=full`" in text


def test_a_study_that_does_not_apply_says_why(controls):
    assert "one region" in page.explain_missing(controls, "pooling")


def test_every_study_can_be_missing(controls):
    assert all(page.explain_missing(controls, name).endswith(".") for name in STUDIES)


def test_date_is_shown(controls):
    assert "2026-01-05" in page.dated(controls)


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ("without price", "without price index"),
        ("without event:trade_fair", "without trade fair"),
        ("1 fewer", "1 week ago"),
        ("13 fewer", "13 weeks ago"),
        ("tv", "+ TV"),
        ("none", "each region by itself"),
    ],
)
def test_variants_are_put_into_words(variant, words):
    assert rows.name_variant(variant, labels=LABELS) == words


def test_build_up_compares_each_step_with_the_one_before(build_up):
    steps = rows.compute_build_up(build_up)
    assert steps["change"].tolist()[1:] == [-20.0, -30.0, 5.0]
    assert steps["changed"].tolist() == [[], [], [], ["tv"]]
    assert steps["channel"].tolist()[-1] == "tv"


def test_build_up_names_the_gain_the_largest_move_and_changed_advice(build_up):
    text = page.describe_build_up(build_up, labels=LABELS, currency="EUR", unit="week")
    assert "fell from **€100** to **€55.0** a week, most with TV" in text
    assert (
        "at most **0.80 sd** (TV, as Search came in). The advice changed for TV (as Search came in)." in text
    )
    same = page.describe_build_up(build_up.assign(advice="hold"), labels=LABELS, currency="EUR", unit="week")
    assert same.endswith("(TV, as Search came in). The advice stays the same.")


def test_build_up_without_a_hidden_quarter_has_no_score(build_up):
    text = page.describe_build_up(
        build_up.assign(crps=np.nan, value=np.nan), labels=LABELS, currency="EUR", unit="week"
    )
    assert "CRPS" not in text
    assert "nan" not in text


def test_changes_name_the_largest_and_every_changed_advice(controls):
    text = page.describe_changes(controls, labels=LABELS)
    assert "*without price index* moves a return most: TV by **1.5 sd**" in text
    assert "The advice changes for TV (without price index)." in text


@pytest.mark.parametrize("advice", ["hold", "withheld"])
def test_advice_that_does_not_change_is_named_only_where_there_is_advice(controls, build_up, family, advice):
    controls, build_up, family = (t.assign(advice=advice) for t in (controls, build_up, family))
    heads = controls.assign(value=0.05, value_q05=-0.1, value_q95=0.2)
    texts = [
        page.describe_build_up(build_up, labels=LABELS, currency="EUR", unit="week"),
        page.describe_changes(controls, labels=LABELS),
        page.describe_refresh(controls, labels=LABELS, unit="week"),
        page.describe_pooling(controls, labels=LABELS),
        page.describe_family(family, labels=LABELS),
        page.describe_spillover(heads, labels=LABELS),
    ]
    assert [text.endswith("The advice stays the same.") for text in texts] == [advice == "hold"] * 6
    assert ["advice" in text for text in texts] == [advice == "hold"] * 6
    assert all(text.endswith(".") for text in texts)
    changed = set(rows.compute_scores(controls, labels=LABELS)["changed"])
    assert changed == ({"none", "–"} if advice == "hold" else {"–"})


def test_scores_table_holds_what_each_change_does(controls):
    table = rows.compute_scores(controls, labels=LABELS).set_index("variant")
    assert table.at["without price index", "score"] == "−5.0 ± 2.0"
    assert table.at["without price index", "moved"] == "TV 1.5 sd"
    assert table.at["without price index", "changed"] == "TV"
    assert table.at["without fair", "changed"] == "none"
    assert "weight" not in table


def test_family_names_ties_the_mixture_and_changed_advice(family):
    text = page.describe_family(family, labels=LABELS)
    assert "as specified* and *carry-over with a late peak* predict equally well" in text
    assert "TV's return is **4.0 (2.0–8.0)** instead of 2.0 (1.0–4.0)" in text
    assert "**The advice changes for TV.**" in text
    assert "not among them" not in text


def test_family_says_if_the_specified_form_predicts_worse(family):
    worse = family.assign(note=family["note"].where(family["variant"] != "reference"))
    assert "**The form as specified is not among them.**" in page.describe_family(worse, labels=LABELS)


def test_refresh_names_each_span(controls):
    table = _table(
        "refresh",
        ("reference", {}, {"tv": _return(2.0, 0.0), "search": _return(1.0, 0.0)}),
        ("1 fewer", {}, {"tv": _return(2.1, 0.1), "search": _return(1.0, 0.0)}),
        ("13 fewer", {}, {"tv": _return(2.1, 0.1), "search": _return(0.8, -0.6, "less")}),
    )
    text = page.describe_refresh(table, labels=LABELS, unit="week")
    assert "1 week ago by at most **0.10 sd** (TV) and 13 weeks ago by at most **0.60 sd** (Search)" in text
    assert "from what they are now. The advice changes for Search." in text


def test_pooling_compares_by_leave_one_out():
    table = _table(
        "pooling",
        ("reference", {"elpd_difference": 0.0}, {"tv": _return(2.0, 0.0)}),
        ("none", {"elpd_difference": -10.0, "elpd_se": 3.0}, {"tv": _return(1.5, -0.5)}),
        ("full", {"elpd_difference": 1.0, "elpd_se": 3.0}, {"tv": _return(2.0, 0.1)}),
    )
    text = page.describe_pooling(table, labels=LABELS)
    assert "*each region by itself* predicts worse (−10 ± 3.0)" in text
    assert "*all regions alike* predicts neither better nor worse (1.0 ± 3.0)" in text


def _share(mean: float) -> dict:
    return {"value": mean, "value_q05": mean / 2, "value_q95": 2 * mean}


def _placebo(shuffled: float) -> pd.DataFrame:
    shares = {"reference": 0.10, "prior": 0.05, "shuffled": shuffled}
    return _table("placebo", *((name, None, {"tv": _share(share)}) for name, share in shares.items()))


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (0.02, "less than the prior alone"),
        (0.07, "but less than with its own timing"),
        (0.2, "more than it should"),
    ],
)
def test_placebo_is_judged_by_the_prior_and_the_true_timing(share, verdict):
    assert verdict in page.describe_placebo(_placebo(share), labels=LABELS)


def test_spillover_says_whether_it_may_be_nothing():
    table = _table(
        "spillover",
        ("reference", {"elpd_difference": 0.0}, {"tv": _return(2.0, 0.0)}),
        ("with spillover", {"elpd_difference": -0.5, "elpd_se": 1.0, "value": 0.05, "value_q05": -0.1,
                            "value_q95": 0.2}, {"tv": _return(2.0, 0.1)}),
    )  # fmt: skip
    text = page.describe_spillover(table, labels=LABELS)
    assert "**5.0 % (−10.0 % to 20.0 %)** of what they bring at home, which may be nothing" in text


@pytest.fixture
def comparison() -> pd.DataFrame:
    point = {"tv": {"roas_mean": 2.5}, "search": {"roas_mean": -0.3}}
    return _table(
        "comparison",
        ("reference", {"value": 0.05}, {"tv": _return(2.0), "search": _return(1.0)}),
        ("ridge", {"value": 0.04}, point),
        ("boosting", {"value": 0.06}, {"tv": {"roas_mean": 1.0}, "search": {"roas_mean": 0.5}}),
    )


def test_rivals_are_ranked_and_their_absurd_returns_named(comparison):
    text = page.describe_comparison(comparison)
    assert "ridge by 4.0 %, this model by 5.0 % and gradient boosting by 6.0 %" in text
    assert "ridge gives 1 channel of 2 a return of nothing or less" in text


def test_implied_returns_have_an_interval_for_the_model_only(comparison):
    table = rows.compute_implied(comparison, labels=LABELS).set_index("channel")
    assert table.loc["TV"].tolist() == ["2.0 (1.0–4.0)", "2.5", "1.0"]


def _texts(axes) -> str:
    figure = (axes[0] if isinstance(axes, list) else axes).figure
    return "\n".join(t.get_text() for ax in figure.axes for t in [*ax.texts, *ax.get_yticklabels(), ax.title])


def test_build_up_chart_shows_scores_and_names_what_moved(build_up):
    steps = rows.compute_build_up(build_up)
    shown = _texts(plots.plot_build_up(steps, build_up, labels=LABELS, colors=COLORS, currency="EUR"))
    assert "baseline: level, trend, season" in shown
    assert "€55" in shown
    assert "TV" in shown.splitlines()


def test_far_shifts_stay_on_the_chart(controls):
    far = controls.assign(shift_sd=controls["shift_sd"] * 100)
    ax = plots.plot_shifts(far, labels=LABELS, colors=COLORS)
    left, right = ax.get_xlim()
    dots = np.concatenate([c.get_offsets()[:, 0] for c in ax.collections])
    assert left < dots.min()
    assert dots.max() < right


def test_variants_chart_has_a_panel_for_each_channel(family):
    axes = plots.plot_variants(family, ["reference", "stacked"], labels=LABELS, colors=COLORS)
    assert [ax.get_title(loc="left") for ax in axes] == ["TV", "Search"]


def test_other_charts_write_their_numbers(comparison):
    assert "5.0 %" in _texts(plots.plot_errors(rows.compute_errors(comparison)))
    assert "7.0 %" in _texts(plots.plot_placebo(_placebo(0.07), labels=LABELS, colors=COLORS))
    row = pd.Series({"value": 0.05, "value_q05": -0.1, "value_q95": 0.2})
    assert "5 %" in _texts(plots.plot_strength(row))
