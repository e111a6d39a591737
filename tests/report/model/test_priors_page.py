"""Sentences and tables about priors, on tables small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.report.model import priors_page as page

LABELS = {"tv": "TV", "social": "Paid social", "organic": "Organic"}
SIGNS = {"all": "◐ ▽", "tv": "● ▽", "social": "○ △"}


def quantity(name: str, mean: float, low: float, high: float) -> dict:
    return {f"{name}_mean": mean, f"{name}_q05": low, f"{name}_q50": mean, f"{name}_q95": high}


def row(what: str, channel: str, prior: tuple, posterior: tuple, observed: float = np.nan) -> dict:
    keys = {"market": "DE", "quantity": what, "channel": channel, "observed": observed}
    return keys | quantity("prior", *prior) | quantity("posterior", *posterior)


def outcomes(low: tuple, high: tuple) -> list[dict]:
    seen = (9e6, 10e6, 12e6)
    names = ("outcome_lowest", "outcome_mean", "outcome_highest")
    middle = (10e6, 9e6, 11e6)
    return [
        row(n, "all", (np.mean(p), *p) if len(p) == 2 else p, middle, s)
        for n, p, s in zip(names, (low, middle, high), seen, strict=True)
    ]


@pytest.fixture
def predictive() -> pd.DataFrame:
    rows = [
        row("media_share", "all", (0.2, 0.11, 0.33), (0.26, 0.21, 0.32)),
        row("share", "organic", (0.03, 0.01, 0.1), (0.02, 0.01, 0.03)),
        row("share", "tv", (0.1, 0.02, 0.3), (0.05, 0.04, 0.06)),
        row("roas", "all", (2.0, 1.0, 4.0), (1.8, 1.5, 2.2)),
        row("roas", "social", (2.0, 0.5, 8.0), (2.0, 0.6, 7.0)),
        row("roas", "tv", (2.0, 0.5, 8.0), (1.5, 1.2, 1.8)),
    ]
    return pd.DataFrame(rows + outcomes((5e6, 9.5e6), (11e6, 20e6)))


def test_share_before_and_after_in_one_sentence(predictive):
    text = page.describe_share(predictive)
    assert "thought that media bring **11 % to 33 %** of the outcome" in text
    assert "**26 % (21–32)**" in text


def test_total_comes_first_and_channels_in_the_file_s_order(predictive):
    how = {"labels": LABELS, "total": "Together", "signs": SIGNS}
    rows = page.compute_before_after(predictive, ["media_share", "share"], **how)
    assert rows["name"].tolist() == ["Together", "TV", "Organic"]
    assert rows["signs"].tolist() == ["◐ ▽", "● ▽", ""]


def test_the_channel_whose_range_shrank_most_is_named_first(predictive):
    text = page.describe_returns(predictive, labels=LABELS, currency="EUR", signs=SIGNS)
    assert "most about **TV**: from €0.50 to €8.0 before to **€1.5 (1.2–1.8)** ● ▽ after" in text
    assert "least about **Paid social**" in text


def test_channels_that_cannot_be_told_apart_are_not_ranked(predictive):
    how = {"labels": LABELS, "currency": "EUR", "signs": SIGNS}
    text = page.describe_returns(predictive, **how, joint={"tv"})
    assert "TV" not in text
    assert "most about **Paid social**" in text
    assert page.describe_returns(predictive, **how, joint={"tv", "social"}).startswith("No paid channel can")


def test_a_prior_range_across_zero_counts_by_its_width(predictive):
    joint = predictive.copy()
    joint.loc[(joint["quantity"] == "roas") & (joint["channel"] == "social"), "prior_q05"] = -1.0
    text = page.describe_returns(joint, labels=LABELS, currency="EUR", signs=SIGNS)
    assert "most about **TV**" in text
    assert "from −€1.0 to €8.0" in text


def test_no_return_gives_a_sentence(predictive):
    none = predictive[predictive["quantity"] != "roas"]
    assert "No channel was paid for" in page.describe_returns(none, labels=LABELS, currency="EUR", signs={})


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        ((5e6, 9.5e6), (11e6, 20e6), "allow for what happened"),
        ((9.5e6, 9.8e6), (11e6, 20e6), "too narrow"),
        ((5e6, 9.5e6), (11e6, 11.5e6), "too narrow"),
        ((-5e6, 5e6), (20e6, 30e6), "larger ups and downs than there were"),
    ],
)
def test_priors_too_narrow_and_too_wide_are_told_apart(low, high, verdict):
    text = page.describe_outcome(pd.DataFrame(outcomes(low, high)), currency="EUR", unit="week")
    assert verdict in text
    assert "observed were €9.00 M to €12.0 M" in text


def test_chart_in_words_names_both_sides(predictive):
    rows = page.compute_before_after(predictive, ["share"], labels=LABELS, total="Together")
    text = page.describe_chart(rows, show=page.show_share)
    assert "TV 10 % (2–30) before, 5.0 % (4.0–6.0) after" in text


@pytest.fixture
def priors() -> pd.DataFrame:
    columns = ["parameter", "channel", "prior_q05", "prior_q50", "prior_q95", "stated", "says", "source"]
    rows = [
        ("return", "tv", 1.0, 2.0, 4.0, True, "stated for this channel: a return of 1 to 4 (90 %)", "tests"),
        ("return", "social", 0.4, 1.6, 6.9, False, "its prior share", "published"),
        ("alpha", "tv", 0.2, 0.5, 0.8, False, "carries over", "Jin"),
        ("alpha", "social", 0.2, 0.5, 0.8, False, "carries over", "Jin"),
        ("rho", "all", -0.6, 0.0, 0.6, False, "what is left", "this template"),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_stated_priors_stand_apart_with_their_source(priors):
    table = page.compute_prior_table(priors, labels=LABELS, stated=True)
    assert table["parameter"].tolist() == ["Return at mean spend: TV"]
    assert table[["range", "source"]].iloc[0].tolist() == ["1.0–4.0", "tests"]


def test_channels_with_one_prior_share_a_line(priors):
    table = page.compute_prior_table(priors, labels=LABELS, stated=False)
    assert table["parameter"].tolist() == [
        "Return at mean spend: Paid social",
        "Carried over to the next period: TV and Paid social",
        "Noise carried over to the next period",
    ]
    assert table["range"].tolist() == ["0.40–6.9", "0.20–0.80", "−0.60 to 0.60"]


def test_positivity_is_called_an_assumption(priors):
    text = page.describe_priors(priors, labels=LABELS, currency="EUR")
    assert "For TV the portfolio file states what is known beforehand." in text
    assert (
        "Every other paid channel starts from the same return, **€1.6** for each €1 (€0.40 to €6.9)" in text
    )
    assert "*Assumed*, not found: advertising does no harm" in text


def test_every_parameter_has_a_name_for_readers(small_design):
    from mmm_helpers.model.priors import priors_of

    options = {"adstock": ("delayed", "weibull", "geometric"), "trend": "varying", "spillover": True}
    options |= {"varying_media": True, "interactions": (("tv", "search"),), "predictor_names": ["income"]}
    several = small_design(3, 380, predictors=np.zeros((3, 1)), periods_per_year=365.25, **options)
    names = {*priors_of(several), *priors_of(small_design(1))} - {"log_effect_market"}
    assert names - set(page.PARAMETERS) == set()
