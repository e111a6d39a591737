"""What markets share, in words and charts, on tables small enough to check by hand."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.pooling import POOLING_COLUMNS, TAU_COLUMNS, THRESHOLD_COLUMNS
from mmm_helpers.report.portfolio import plots_pooling
from mmm_helpers.report.portfolio import pooling_page as page

LABELS = {"tv": "TV", "social": "Paid social"}
PLACES = {"US": "United States", "NO": "Norway"}


def spread(name: str, mean: float, low: float, high: float) -> dict:
    values = {"mean": mean, "q05": low, "q50": mean, "q95": high}
    return {f"{name}_{suffix}": value for suffix, value in values.items()}


def lam(market: str, level: str, channel: str, value: float) -> dict:
    keys = {"market": market, "level": level, "channel": channel, "units": 2, "lambda": value}
    return keys | spread("sd", np.log(1.2), np.log(1.1), np.log(1.4))


@pytest.fixture
def pooling() -> pd.DataFrame:
    rows = [lam("portfolio", "market", "tv", 0.3), lam("portfolio", "market", "social", 0.9)]
    return pd.DataFrame([*rows, lam("US", "region", "tv", 0.45)], columns=POOLING_COLUMNS)


def test_lambda_sentence_names_both_ends(pooling):
    text = page.describe_lambda(pooling, labels=LABELS)
    assert "known best for **TV**: **30 %**" in text
    assert text.endswith("least for Paid social (90 %).")


def test_without_a_level_of_markets_there_is_nothing_to_weigh(pooling):
    assert "not partially pooled" in page.describe_lambda(
        pooling[pooling["level"] == "region"], labels=LABELS
    )


def test_lambda_table_has_markets_then_regions_of_each(pooling):
    table = page.compute_lambda_table(pooling, labels=LABELS, places=PLACES)
    assert list(table.columns) == ["channel", "Between markets", "Differ by", "Regions of United States"]
    assert table["Differ by"].tolist() == ["20 % (10–40)"] * 2
    assert [page.share_or_dash(v) for v in table["Regions of United States"]] == ["45 %", "–"]


def tau_rows(market: str, channel: str, half: float, default: float, double: float) -> list[dict]:
    means = {"half": half, "default": default, "double": double}
    return [
        {"market": market, "channel": channel, "tau_prior": prior}
        | spread("return", mean, mean - 1.0, mean + 1.0)
        | spread("tau", np.log(1.2), np.log(1.1), np.log(1.4))
        for prior, mean in means.items()
    ]


@pytest.fixture
def tau() -> pd.DataFrame:
    rows = [*tau_rows("US", "tv", 2.1, 2.0, 1.9), *tau_rows("NO", "tv", 2.2, 2.6, 2.8)]
    return pd.DataFrame(rows, columns=TAU_COLUMNS)


def test_moves_are_in_widths_of_the_range(tau):
    shifts = page.compute_tau_shifts(tau).set_index("market")["moved"]
    assert shifts.to_dict() == pytest.approx({"US": 0.05, "NO": 0.2})


def test_a_return_that_crosses_break_even_is_named(tau):
    text = page.describe_tau(tau, labels=LABELS, places=PLACES, break_even=2.5)
    assert "20 % at most (TV in Norway)" in text
    assert text.endswith("**1 of 2 returns** would change side of break-even: TV in Norway.")


def test_returns_that_stay_on_their_side_are_said_to(tau):
    text = page.describe_tau(tau, labels=LABELS, places=PLACES, break_even=5.0)
    assert text.endswith("**none of 2 returns** changes side of break-even.")


def test_without_a_margin_there_is_nothing_to_cross(tau):
    assert "no break-even" in page.describe_tau(tau, labels=LABELS, places=PLACES, break_even=None)


@pytest.mark.parametrize(("markets", "words"), [(6, "few enough"), (7, "many enough")])
def test_the_prior_matters_with_six_markets_or_fewer(tau, markets, words):
    assert words in page.explain_tau(tau, markets=markets)


def rule_row(market: str, volume: float, own: float, partial: float) -> dict:
    rule = "own" if volume > 150 else "pooled"
    row = {"market": market, "channel": "tv", "volume": volume, "threshold": 150.0, "rule": rule}
    shown = {"own": own, "common": 2.0, "rule": own if rule == "own" else 2.0, "partial": partial}
    return row | {k: v for n, x in shown.items() for k, v in spread(f"return_{n}", x, x / 2, 2 * x).items()}


@pytest.fixture
def rule() -> pd.DataFrame:
    rows = [rule_row("NO", 145.0, 4.0, 3.0), rule_row("US", 155.0, 1.0, 1.5), rule_row("IE", 10.0, 9.0, 2.1)]
    return pd.DataFrame(rows, columns=THRESHOLD_COLUMNS)


def test_twins_are_the_neighbours_of_the_threshold(rule):
    twins = page.find_twins(rule)
    assert (twins.below["market"], twins.above["market"], twins.channel) == ("NO", "US", "tv")


def test_twins_are_shown_in_the_channel_that_tells_most(rule):
    mild = rule.assign(channel="social", **{f"return_own_{s}": 2.0 for s in ("mean", "q50")})
    mild = mild.assign(return_own_q05=1.0, return_own_q95=4.0)
    assert page.find_twins(pd.concat([mild, rule], ignore_index=True)).channel == "tv"


def test_threshold_sentence_says_what_a_little_volume_does(rule):
    text = page.describe_threshold(page.find_twins(rule), labels=LABELS, places=PLACES, currency="EUR")
    assert text.startswith("Norway and United States sell nearly the same (€145 and €155 a year).")
    assert "**€2.0 (1.0–4.0)**, and with 3 % more sales **€4.0 (2.0–8.0)**" in text


def test_unlike_volumes_are_not_called_the_same(rule):
    far = rule.assign(volume=rule["volume"].replace(155.0, 400.0))
    text = page.describe_threshold(page.find_twins(far), labels=LABELS, places=PLACES, currency="EUR")
    assert "the two nearest volumes" in text


def test_pages_of_markets_that_are_not_partially_pooled_say_so():
    assert page.find_twins(pd.DataFrame(columns=THRESHOLD_COLUMNS)) is None
    empty = pd.DataFrame(columns=TAU_COLUMNS)
    assert "not partially" in page.describe_tau(empty, labels=LABELS, places=PLACES, break_even=2.0)
    assert page.compute_lambda_table(
        pd.DataFrame(columns=POOLING_COLUMNS), labels=LABELS, places=PLACES
    ).empty


def test_arrows_lead_from_the_own_return_to_what_is_shown(rule):
    rows = page.threshold_rows(rule, "tv", places=PLACES, currency="EUR")
    assert rows["market"].tolist() == ["US", "NO", "IE"]
    hard, partial = plots_pooling.plot_threshold(rows, color="#0072B2")
    ends = [[t.xy[0] for t in ax.texts if getattr(t, "arrow_patch", None)] for ax in (hard, partial)]
    assert ends == [[1.0, 2.0, 2.0], [1.5, 3.0, 2.1]]
    plt.close("all")


def test_the_threshold_lies_between_the_twins(rule):
    hard, _ = plots_pooling.plot_threshold(
        page.threshold_rows(rule, "tv", places=PLACES, currency="EUR"), color="#0072B2"
    )
    assert [
        line.get_ydata()[0]
        for line in hard.lines
        if len(set(line.get_ydata())) == 1 and line.get_ls() == "--"
    ] == [0.5]
    plt.close("all")


def test_borrowing_chart_writes_the_pooling_factor_and_skips_what_says_nothing():
    rows = [
        {
            "market": m,
            "channel": "tv",
            "pooling_factor": f,
            "pooled_mean": 2.0,
            "pooled_q05": 1.0,
            "pooled_q95": 3.0,
        }
        | {"own_mean": own, "own_q05": own / 2, "own_q95": own * 2}
        for m, f, own in (("US", 0.2, 3.0), ("NO", 0.8, np.nan))
    ]
    (ax,) = plots_pooling.plot_borrowing(pd.DataFrame(rows), places=PLACES, labels=LABELS, colors={})
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["20 %", "80 %"]
    assert sum(getattr(t, "arrow_patch", None) is not None for t in ax.texts) == 1
    plt.close("all")


def test_tau_chart_has_a_panel_a_channel(tau):
    (ax,) = plots_pooling.plot_tau_sensitivity(tau, places=PLACES, labels=LABELS, colors={}, break_even=2.5)
    assert ax.get_title(loc="left") == "TV"
    assert "TV in Norway 2.2, 2.6 and 2.8" in plots_pooling.describe_tau_chart(
        tau, places=PLACES, labels=LABELS
    )
    plt.close("all")
