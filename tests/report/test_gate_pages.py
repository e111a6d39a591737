"""Whole pages of made-up markets: the gate fails, channels never move apart, one never moves, none is paid for."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.figure import Figure

from mmm_helpers.report import display
from mmm_helpers.report.model import plots_effects, plots_model
from mmm_helpers.report.site.pages import health_banner

PAGES = (
    "04_multi_geo_mmm",
    "07_budget_scenarios",
    "08_executive_summary",
    "09_scoreboard",
    "14_scenario_explorer",
)
ADVICE = re.compile(
    r"\b(Move [€\d]|Keep today's plan|Follow the recommendation|from now on|test first|switches it off|"
    r"next unit of money is expected|stay at today's spend|moves them in one step|well enough to move|"
    r"clearly (above|below)|first to test|What to do next:</strong> (?!No recommendation))",
    re.IGNORECASE,
)
"""Words by which the pages tell somebody to do something with money."""


@pytest.fixture(scope="module")
def sound(made_up):
    """A market whose gate passed: the words of advice are there to be found."""
    return made_up()


@pytest.fixture(scope="module")
def failing(made_up):
    """The same market, one per cent of its draws divergent."""
    return made_up(diverging=0.01, sound=False)


@pytest.mark.parametrize(
    "page", ["07_budget_scenarios", "08_executive_summary", "09_scoreboard", "14_scenario_explorer"]
)
def test_words_of_advice_are_found_where_there_is_advice(sound, page):
    assert ADVICE.search(sound.read(page))


def test_divergence_fails_the_gate_with_value_threshold_and_remedy(failing):
    health = failing.table("model_health").set_index("check")
    row = health.loc["divergent transitions"]
    assert (row["status"], row["value"]) == ("fail", 0.01)
    assert "higher acceptance target" in row["action"]


def test_divergence_raises_the_red_banner(failing):
    banner = health_banner(failing.table("model_health"))
    assert "mmm-fail" in banner
    assert "divergent transitions" in banner
    assert "there is no recommendation" in banner


def test_where_the_gate_fails_there_is_no_plan(failing, sound):
    assert len(sound.table("budget_plan"))
    assert failing.table("budget_plan").empty


def test_where_the_gate_fails_no_scenario_follows_a_plan(failing, sound):
    assert sound.table("scenarios")["scenario"].str.contains("recommendation").any()
    assert not failing.table("scenarios")["scenario"].str.contains("recommendation").any()


def test_where_the_gate_fails_no_table_is_decision_grade_or_says_what_to_do(failing):
    grades = {n: t["decision_grade"].any() for n, t in failing.tables().items() if "decision_grade" in t}
    advice = {n: set(t["advice"]) - {"withheld"} for n, t in failing.tables().items() if "advice" in t}
    flips = {n: len(t) for n, t in failing.tables().items() if "flips" in t}
    assert {"XX/channel_effects", "portfolio/channel_effects"} <= set(grades)
    assert not any(grades.values())
    assert not any(advice.values())
    assert not any(flips.values())


def test_where_the_gate_fails_the_scoreboard_says_so(failing):
    assert failing.table("scoreboard", "portfolio")["health"].tolist() == ["fail"]


@pytest.mark.parametrize("page", PAGES)
def test_where_the_gate_fails_no_page_says_what_to_do(failing, page):
    text = failing.read(page)
    found = [text[max(0, m.start() - 60) : m.end() + 60] for m in ADVICE.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "page", ["07_budget_scenarios", "08_executive_summary", "09_scoreboard", "14_scenario_explorer"]
)
def test_where_the_gate_fails_the_page_says_that_there_is_no_recommendation(failing, page):
    assert "No recommendation: the model failed its health check (divergent transitions" in failing.read(page)


def test_where_the_gate_fails_the_model_page_judges_no_next_unit(failing, sound):
    """Neither the curves' text nor a chart or table of returns says what pays."""
    judged = r"more on \*\*|would bring|lie above|below|could be either|Chance that this pays|break-even"
    assert re.search(judged, sound.read("04_multi_geo_mmm"))
    page = failing.read("04_multi_geo_mmm").partition("## Where the outcome came from")[2]
    page = page.partition("How this was computed")[0]
    found = [page[max(0, m.start() - 60) : m.end() + 60] for m in re.finditer(judged, page)]
    assert found == []


@pytest.mark.parametrize("market", ["sound", "failing"])
def test_what_the_full_profile_would_add_is_said_once(market, request):
    text = request.getfixturevalue(market).read("04_multi_geo_mmm")
    assert text.count("make report PROFILE=full") == 1
    assert text.lower().count("not computed") == 1


def test_where_the_gate_fails_no_chart_has_a_line_at_break_even(failing, sound, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr(plots_effects, "mark_vertical", lambda *_, **__: drawn.append("returns"))
    monkeypatch.setattr(plots_model, "mark_vertical", lambda *_, **__: drawn.append("priors"))
    sound.read("04_multi_geo_mmm")
    assert drawn == ["returns", "priors"]
    drawn.clear()
    failing.read("04_multi_geo_mmm")
    assert drawn == []


def _together(raw: pd.DataFrame) -> None:
    raw["ooh"] = 0.5 * raw["tv"]


@pytest.fixture(scope="module")
def together(made_up):
    """TV and out-of-home spend are exactly proportional."""
    return made_up(_together)


def test_channels_that_never_move_apart_are_a_group(together, sound):
    groups = together.table("channel_groups")
    assert groups["channels"].tolist() == ["ooh|tv"]
    assert groups["decision_grade"].tolist() == [True]
    assert sound.table("channel_groups").empty


def test_channels_of_a_group_are_not_decision_grade_by_themselves(together):
    effects = together.table("channel_effects").query("region == 'all'")
    grade = effects.groupby("channel")["decision_grade"].any()
    assert grade[["tv", "ooh"]].tolist() == [False, False]


def test_advice_on_channels_of_a_group_is_to_hold(together):
    advice = together.table("flips").groupby("channel")["advice"].unique()
    assert [list(advice[c]) for c in ("tv", "ooh")] == [["hold"], ["hold"]]


def test_a_group_moves_in_one_step(together):
    plan = together.table("budget_plan").query("channel in ['tv', 'ooh']")
    multiples = plan["recommended"] / plan["current"]
    assert multiples.max() - multiples.min() < 1e-9
    assert multiples.max() < 0.95


def test_a_group_goes_dark_as_one(together):
    dark = [s for s in together.table("scenarios")["scenario"] if s.startswith("dark:")]
    assert sorted(dark) == ["dark:ooh+tv", "dark:search"]


@pytest.mark.parametrize("page", ["07_budget_scenarios", "08_executive_summary"])
def test_pages_name_the_group_in_a_sentence(together, page):
    text = together.read(page)
    assert "**Out-of-home and TV** cannot be told apart in these data and count as one: each €1" in text
    assert re.search(r"Move €\d+ a week from Out-of-home and TV to Search", text)


def test_the_summary_gives_the_groups_return_and_not_its_channels(together):
    text = together.read("08_executive_summary")
    assert re.search(r"largest first: .*Out-of-home and TV \d", text)
    assert re.search(r"Of €.* modelled outcome: .*Out-of-home and TV €", text)
    assert not re.search(r"(?<!and )TV €?\d[\d.]*( k)? \(", text)


def test_the_model_page_ranks_the_group_and_not_its_channels(together, sound):
    """By themselves TV and out-of-home stand in rankings only where they can be told apart."""
    ranked = r"(Each €1 spent on|more on|most about|of the channels) \*{0,2}(TV|Out-of-home)\b(?! and)|"
    ranked += r"(least about|on|; ) \*{0,2}(TV|Out-of-home)\*{0,2} (brought the least|€|from)|(?<!and )TV brought most"
    assert re.search(ranked, sound.read("04_multi_geo_mmm"))
    text = together.read("04_multi_geo_mmm")
    assert re.findall(ranked, text) == []
    assert re.search(r"Out-of-home and TV(\*\*)? brought", text)


def test_every_return_in_the_model_page_s_findings_carries_its_evidence(sound):
    text = sound.read("04_multi_geo_mmm")
    found = re.findall(r"\*\*€[\d.]+ \([\d.]+–[\d.]+\)\*\*(.{4})", text)
    assert len(found) >= 4
    assert {sign[1:] for sign in found} <= {"● ▽", "◐ ▽", "○ ▽"}


def _constant(raw: pd.DataFrame) -> None:
    raw["ooh"] = 150.0


@pytest.fixture(scope="module")
def constant(made_up):
    """Out-of-home spend is the same in every week."""
    return made_up(_constant)


def test_a_constant_channel_is_not_identified(constant):
    cells = constant.table("identification").set_index(["channel", "region"])
    assert set(cells.loc["ooh", "reason"]) == {"never varied"}
    assert not constant.table("channel_effects").query("channel == 'ooh'")["decision_grade"].any()


def test_advice_on_a_constant_channel_is_to_hold_under_every_threat(constant):
    flips = constant.table("flips").query("channel == 'ooh'")
    assert set(flips["advice"]) == {"hold"}
    assert set(flips["advice_under"].dropna()) == {"hold"}
    assert not (flips["flips"] == "yes").any()
    sensitivity = constant.table("sensitivity").set_index("channel")["advice"]
    assert (sensitivity["ooh"], sensitivity["tv"]) == ("hold", "less")


def test_a_constant_channel_stays_where_it_is(constant):
    plan = constant.table("budget_plan").query("channel == 'ooh'")
    assert (plan["lower"] == plan["upper"]).all()


def test_pages_say_that_a_channel_never_varied(constant):
    assert "because their spend never varied" in constant.read("07_budget_scenarios")
    assert "Spend on Out-of-home never varied" in constant.read("08_executive_summary")


def test_a_plan_that_leaves_out_the_constant_channel_is_still_one(constant):
    assert "from TV to Search" in constant.read("07_budget_scenarios")


def _unpaid(raw: pd.DataFrame) -> None:
    late = raw["date"] > raw["date"].max() - pd.Timedelta(weeks=62)
    raw.loc[late, ["tv", "ooh", "search"]] = 0.0


@pytest.fixture(scope="module")
def unpaid(made_up):
    """Nothing was spent on any channel in the last year."""
    return made_up(_unpaid)


def test_a_market_without_paid_spend_has_no_plan_and_no_scenarios(unpaid):
    assert unpaid.table("budget_plan").empty
    assert unpaid.table("scenarios").empty


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("04_multi_geo_mmm", "No channel was paid for in this period, so there is no return to report."),
        ("07_budget_scenarios", "No recommendation: nothing was spent in the last year that could be moved."),
        ("08_executive_summary", "Nothing was spent on paid media in this period"),
        ("09_scoreboard", "No recommendation: nothing was spent in the last year that could be moved."),
        ("14_scenario_explorer", "Nothing was spent in the last year, so there is nothing to vary."),
    ],
)
def test_pages_of_a_market_without_paid_spend_say_so(unpaid, page, said):
    text = unpaid.read(page)
    assert said in text
    assert not re.search(r"\b(nan|inf)\b", text, re.IGNORECASE)
    assert not ADVICE.search(text)


def test_the_model_page_of_a_market_without_paid_spend_draws_no_empty_chart(unpaid, monkeypatch):
    shown: list[Figure] = []
    draw = display.figure
    monkeypatch.setattr(display, "figure", lambda fig, **texts: (shown.append(fig), draw(fig, **texts)))
    text = unpaid.read("04_multi_geo_mmm")
    assert shown
    assert [ax.get_xlabel() for fig in shown for ax in fig.axes if not ax.has_data()] == []
    assert "Estimated return for each unit of money spent" not in text
    assert "A column is a change" not in text
    assert "In Examplia nothing was spent on paid media" in text


def test_every_return_on_the_summary_carries_its_evidence(sound):
    """Nothing that looks like a return with its range stands without a data tier and a cause mark."""
    prose = [line for line in sound.read("08_executive_summary").splitlines() if "largest first" not in line]
    for line in prose:
        for found in re.finditer(r"\*\*\d[\d.]* \([\d.]+–[\d.]+\)\*\*", line):
            assert line[found.end() :].startswith((" ● ▽", " ◐ ▽", " ○ ▽")), line


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_any_of_these_markets_shows_a_missing_number(sound, together, constant, page):
    for market in (sound, together, constant):
        assert not re.search(r"\b(nan|inf)\b", market.read(page), re.IGNORECASE)


def test_every_check_has_value_and_threshold_and_if_open_a_remedy(failing):
    health = failing.table("model_health")
    assert health[["value", "threshold"]].notna().all(axis=None)
    assert health.loc[health["status"] != "pass", "action"].notna().all()
    assert set(health["part"]) >= {"computation", "plausibility", "identification"}
