"""What was chosen for a model, in words, from its specification and the names of its priors."""

from __future__ import annotations

from mmm_helpers.report.model import choices_page as page

LABELS = {"tv": "TV", "social": "Paid social"}
PLAIN = {
    "l_max": 8,
    "channels": {"tv": {}, "social": {}},
    "model": {"pooling": {"regions": "partial"}},
    "controls": {
        "price": {"role": "precision", "label": "Price index"},
        "demand": {"role": "confounder", "label": "Demand index"},
    },
}
MIXED = PLAIN | {
    "channels": {
        "tv": {"adstock": "delayed", "l_max": 12, "level": "national"},
        "social": {"saturation": "log"},
    },
    "model": {"adstock": "weibull", "interactions": [["tv", "social"]], "pooling": {"regions": "full"}},
}
WORDS = {"labels": LABELS, "unit": "week"}


def here(specification: dict, parameters: set[str]) -> dict[str, str]:
    table = page.compute_choices(specification, parameters, LABELS, **WORDS)
    return dict(zip(table["choice"], table["here"], strict=True))


def test_one_family_for_all_is_said_once():
    text = page.describe_families(PLAIN, LABELS, **WORDS)
    assert text.startswith("An effect fades from the spend on (geometric), for up to **8 weeks**")
    assert "a Hill curve" in text


def test_a_channel_s_own_family_stands_beside_the_model_s():
    text = page.describe_families(MIXED, LABELS, **WORDS)
    assert "may fade, or rise and fade (Weibull), for Paid social" in text
    assert "may be strongest some periods later (delayed), for TV" in text
    assert "for up to **8 to 12 weeks**" in text
    assert "a logarithm, which never reaches a ceiling, for Paid social" in text


def test_the_family_of_most_channels_is_that_of_all_others():
    labels = LABELS | {"search": "Search"}
    specification = PLAIN | {"channels": {"tv": {"adstock": "delayed"}, "social": {}, "search": {}}}
    text = page.describe_families(specification, labels, labels=labels, unit="week")
    assert "(delayed), for TV; fades from the spend on (geometric), for all others" in text


def test_noise_names_what_the_model_has():
    text = page.describe_noise({"shock_sd", "rho", "drift_sd"})
    assert "drifts beside its line of growth" in text
    assert "regions share a shock each period and what is left of one period may carry over" in text


def test_plain_noise_is_said_to_be_plain():
    assert page.describe_noise(set()).endswith("the noise of each period and region is its own.")


def test_choices_of_a_plain_model():
    chosen = here(PLAIN, {"region_sd", "season_effect", "rho"})
    assert chosen["It lasts at most"] == "8 weeks"
    assert chosen["Regions"].startswith("regions learn from each other")
    assert chosen["Season"] == "yearly, three waves"
    assert chosen["Noise that carries over"] == "yes"
    assert chosen["Shock shared by regions"] == "no"
    assert chosen["Bought for the whole market"] == "none"
    assert chosen["Channels that add together"] == "no"


def test_choices_of_a_mixed_model():
    chosen = here(MIXED, {"interaction", "spillover", "tide_sd", "drift_sd"})
    assert chosen["It lasts at most"] == "TV: 12 weeks; Paid social: 8 weeks"
    assert chosen["Regions"] == "all regions have one and the same effect"
    assert chosen["Bought for the whole market"] == "TV"
    assert chosen["Channels that add together"] == "TV with Paid social"
    assert chosen["Media work in other regions"] == "yes"
    assert chosen["Season"].startswith("not yearly")
    assert here(MIXED, {"season_effect", "weekday_effect"})["Season"].endswith("by day of the week")


def test_a_chosen_drift_says_why():
    assert "more checks of plausibility failed" in here(PLAIN, {"drift_sd"})["Growth"]
    asked = PLAIN | {"model": {"trend": "varying"}}
    assert here(asked, {"drift_sd"})["Growth"] == "a straight line and a drift around it"
    assert here(PLAIN | {"model": {"trend": "linear"}}, set())["Growth"] == "a straight line"


def test_one_region_has_nothing_to_pool():
    assert here(PLAIN, set())["Regions"] == "there is one"


def test_roles_put_confounders_first_and_the_refused_mediator_last():
    table = page.compute_roles(PLAIN | {"events": [{"name": "strike"}]}, has_holidays=True)
    names = table["influence"].tolist()
    assert names[:2] == ["Demand index", "Price index"]
    assert {"Holidays", "strike", "Season"} <= set(names)
    assert "mediator" in table["role"].iloc[-1]
    assert "refused" in table["why"].iloc[-1]


def test_roles_in_words_count_what_guards_against_false_credit():
    text = page.describe_roles(PLAIN)
    assert "**1 control** (demand index) stand for what moves both spend and outcome" in text
    assert "1 other only sharpens the estimate" in text


def test_a_model_without_confounders_says_so():
    assert page.describe_roles(PLAIN | {"controls": {}}).startswith("**No control** stands for")
