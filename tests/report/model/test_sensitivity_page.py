"""Sentences, table and chart of what would change the advice."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.flips import THREATS
from mmm_helpers.report.model.sensitivity_page import (
    COLUMNS,
    TITLES,
    compute_flip_details,
    compute_scaling_table,
    describe_flips,
    describe_hidden_demand,
    describe_placebo,
    describe_scaling,
    explain_open,
    flips_html,
    not_held,
    plot_hidden_demand,
)

LABELS = {"tv": "TV", "search": "Paid search", "price": "Price index"}
NEEDS_FULL = "Not computed for these data: run make report PROFILE=full."


def _flips(
    *changed: tuple[str, str], threats: tuple[str, ...] = ("prior_half", "hidden_demand", "family")
) -> pd.DataFrame:
    """TV and search under three threats, of which `family` was not computed; `changed` ones flip to hold."""
    rows = []
    for channel in ("tv", "search"):
        for threat in threats:
            flips = "not computed" if threat == "family" else "yes" if (channel, threat) in changed else "no"
            under = {"yes": "hold", "no": "more", "not computed": ""}[flips]
            detail = NEEDS_FULL if threat == "family" else f"{channel} under {threat}."
            rows.append(
                {"channel": channel, "threat": threat, "advice": "more", "advice_under": under, "flips": flips,
                 "fragile": any(c == channel for c, _ in changed), "detail": detail}
            )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def sensitivity() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel": ["tv", "search", "organic"],
            "prior_sensitivity": [0.01, 0.2, 0.2],
            "likelihood_sensitivity": [0.2, 0.2, 0.01],
            "diagnosis": ["the data decide", "prior and data both pull", "the prior decides"],
            "data_share": [0.1, 0.9, np.nan],
            "hidden_demand_needed": [0.4, 0.02, np.nan],
            "strongest_control": ["price", "event:strike", np.nan],
            "strongest_control_strength": [0.05, 0.06, np.nan],
            "times_strongest_control": [20.0, 0.4, np.nan],
            "placebo_correlation": [0.02, 0.3, -0.1],
            "placebo_p": [0.8, 0.03, 0.5],
            "placebo_p_adjusted": [1.0, 0.09, 1.0],
        }
    )


def test_every_threat_of_the_table_has_a_heading():
    assert tuple(TITLES) == THREATS
    assert [t for kind in COLUMNS.values() for t in kind] == list(THREATS)


def test_threats_of_one_kind_share_a_column_that_shows_the_worst():
    three = ("prior_half", "prior_double", "likelihood_less")
    html = flips_html(_flips(("tv", "prior_double"), threats=three), labels=LABELS)
    assert len(re.findall(r"<th[ >]", html)) == 3
    assert html.count("→ hold") == 1
    assert html.count("✓</span> holds") == 1
    assert 'title="tv under prior_double."' in html
    assert 'title="search under prior_half. search under prior_double. search under likelihood_less."' in html


def test_a_cell_is_open_only_where_nothing_of_its_kind_is_known():
    flips = _flips(threats=("carry_over", "family"))
    assert flips_html(flips, labels=LABELS).count("✓</span> holds") == 2
    gone = flips["channel"].eq("tv")
    flips["flips"] = flips["flips"].mask(gone, "not computed")
    html = flips_html(flips, labels=LABELS)
    assert html.count("✓</span> holds") == 1
    assert html.count("</span> open") == 1


def test_held_channels_are_left_out(sensitivity):
    assert not_held(sensitivity, {"tv": "never varied"})["channel"].tolist() == ["search", "organic"]


def test_finding_counts_what_holds_and_names_what_does_not():
    text = describe_flips(_flips(("search", "hidden_demand")), labels=LABELS)
    assert "**1 of 2 channels** holds under each of 2 changes that were tried" in text
    assert "Fragile: **Paid search** (what changes it: hidden demand)" in text


def test_finding_where_everything_holds():
    assert "**all 2 channels** holds" in describe_flips(_flips(), labels=LABELS)


def test_finding_without_any_advice():
    assert "no advice" in describe_flips(_flips().iloc[:0], labels=LABELS)


def test_table_says_each_state_in_a_word_with_an_icon():
    html = flips_html(_flips(("tv", "prior_half")), labels=LABELS)
    assert html.count("→ hold") == 1
    assert html.count("✓</span> holds") == 3
    assert 'title="tv under prior_half."' in html
    assert "mmm-scoreboard" in html


def test_threats_that_nothing_is_known_about_are_named_with_the_command_and_have_no_column():
    flips = _flips()
    assert "Other curve" not in flips_html(flips, labels=LABELS)
    assert "another curve" in explain_open(flips)
    assert "full profile" in explain_open(flips)
    assert explain_open(flips[flips["threat"] != "family"]) == ""


def test_what_no_profile_can_tell_is_not_promised_of_one():
    flips = _flips().assign(detail="Too few draws.")
    assert explain_open(flips) == ""


def test_details_put_what_changes_the_advice_first():
    details = compute_flip_details(_flips(("search", "hidden_demand")), labels=LABELS)
    assert details.iloc[0].tolist() == [
        "Paid search", "Hidden demand", "changes the advice", "search under hidden_demand."
    ]  # fmt: skip
    assert len(details) == 4  # what waits for the full profile is named once, not once a channel
    assert "Another curve" not in set(details["threat"])
    few = _flips().assign(detail="Too few draws.")
    assert compute_flip_details(few, labels=LABELS)["flips"].tolist()[-2:] == ["open", "open"]


def test_hidden_demand_names_the_fragile_and_the_safest(sensitivity):
    text = describe_hidden_demand(sensitivity, labels=LABELS)
    assert "would change the advice on **Paid search**" in text
    assert (
        "**TV** is the safest: an unseen driver would have to explain 40 % of both, 20 times what Price index"
        in text
    )


def test_hidden_demand_of_a_market_without_controls(sensitivity):
    columns = [c for c in sensitivity if "strongest" in c]
    text = describe_hidden_demand(sensitivity.assign(**dict.fromkeys(columns, np.nan)), labels=LABELS)
    assert "no controls" in text
    assert "nan" not in text


def test_hidden_demand_where_nothing_is_fragile(sensitivity):
    text = describe_hidden_demand(sensitivity.assign(times_strongest_control=2.0), labels=LABELS)
    assert text.startswith("No unseen driver as strong")


def test_advice_that_nothing_unseen_can_change_says_so(sensitivity):
    beyond = sensitivity.assign(hidden_demand_needed=[1.0, 0.02, np.nan])
    text = describe_hidden_demand(beyond, labels=LABELS)
    assert "No unseen driver, however strong, would change that on **TV**, which rests on" in text
    ax = plot_hidden_demand(beyond, labels=LABELS, colors={})
    assert "none is strong enough\nPrice index 5 %" in [t.get_text() for t in ax.texts]
    plt.close(ax.figure)


def test_hidden_demand_without_advice(sensitivity):
    text = describe_hidden_demand(sensitivity.assign(hidden_demand_needed=np.nan), labels=LABELS)
    assert "No channel" in text


def test_chart_has_a_dot_and_a_diamond_for_each_channel_with_advice(sensitivity):
    ax = plot_hidden_demand(sensitivity, labels=LABELS, colors={})
    markers = [line.get_marker() for line in ax.lines]
    dots = sorted(float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() == "o")
    assert (markers.count("o"), markers.count("D")) == (2, 2)
    assert dots == [0.02, 0.4]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Paid search", "TV"]
    beside = " ".join(t.get_text() for t in ax.texts)
    assert "! needs 2 %\nstrike 6 %" in beside
    assert "! needs 40 %" not in beside
    plt.close(ax.figure)


def test_chart_of_a_market_without_controls_has_dots_only(sensitivity):
    columns = [c for c in sensitivity if "strongest" in c]
    ax = plot_hidden_demand(sensitivity.assign(**dict.fromkeys(columns, np.nan)), labels=LABELS, colors={})
    assert [line.get_marker() for line in ax.lines] == ["o", "o"]
    plt.close(ax.figure)


def test_placebo_that_finds_nothing(sensitivity):
    text = describe_placebo(sensitivity, labels=LABELS)
    assert "does not explain" in text
    assert "Paid search, which chance alone gives 9 % of the time (3 channels looked at" in text


def test_placebo_that_finds_something(sensitivity):
    text = describe_placebo(sensitivity.assign(placebo_p_adjusted=[1.0, 0.003, 1.0]), labels=LABELS)
    assert "**Next month's spend explains today's sales** for Paid search: before more is spent" in text
    assert "less than 1 %" in text


def test_placebo_that_cannot_be_run(sensitivity):
    assert "cannot be run" in describe_placebo(sensitivity.assign(placebo_p=np.nan), labels=LABELS)


def test_scaling_says_for_whom_prior_and_data_speak(sensitivity):
    text = describe_scaling(sensitivity, labels=LABELS)
    assert "The data alone decide on **TV**" in text
    assert "The prior decides on **organic**" in text
    assert compute_scaling_table(sensitivity, labels=LABELS)["channel"].tolist() == [
        "TV",
        "Paid search",
        "organic",
    ]
