"""Sentences and table of the home page: the portfolio at a glance."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.advice import advise_market
from mmm_helpers.report.display import figure
from mmm_helpers.report.style import draw_interval, name_rows, new_axes
from mmm_helpers.report.words import (
    count,
    day,
    interval_text,
    join,
    money,
    percent,
    percent_interval,
)

ACCENT = "#0072B2"


def add_advice(scoreboard: pd.DataFrame, opened: Any) -> pd.DataFrame:
    """The scoreboard with each market's advice.

    Parameters
    ----------
    scoreboard : table `scoreboard`. opened : the open portfolio.
    """
    return scoreboard.assign(advice=[advise_market(opened.market(code)) for code in scoreboard["market"]])


def headline(opened: Any, scoreboard: pd.DataFrame) -> str:
    """Portfolio, number of markets, last week of data, profile."""
    last = day(pd.to_datetime(scoreboard["period_end"]).max())
    markets = count(len(scoreboard), "market")
    return f"Portfolio **{opened.spec.name}** · {markets} · data to the week of {last} · profile {opened.profile}"


def show_shares(scoreboard: pd.DataFrame) -> None:
    """Chart of the share of the outcome that marketing brought, by market."""
    rows = scoreboard.sort_values("media_share_mean", ascending=False)
    ax = new_axes(height=0.9 + 0.42 * max(len(rows), 2))
    for y, row in enumerate(rows.to_dict("records")):
        values = interval(pd.Series(row), "media_share")
        draw_interval(ax, y, *values, color=ACCENT)
        ax.annotate(
            percent_interval(*values), (values[2], y), xytext=(6, 0), textcoords="offset points", va="center"
        )
    name_rows(ax, list(rows["label"]))
    ax.set_xlim(0, float(rows["media_share_q95"].max()) * 1.35)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value))
    figure(
        ax.figure,
        alt=f"Share of outcome brought by marketing. {share_sentence(scoreboard)}".replace("**", ""),
    )


def next_tests(opened: Any, scoreboard: pd.DataFrame, *, most: int = 3) -> str:
    """The channels whose uncertain return has most money at stake, as a list (MyST)."""
    effects = opened.table("channel_effects")
    last = effects[effects["region"] == "all"].groupby(["market", "channel"]).tail(1)
    last = last[last["spend"] > 0]
    last = last.assign(stake=(last["roas_q95"] - last["roas_q05"]) * last["spend"])
    names = dict(zip(scoreboard["market"], scoreboard["label"], strict=True))
    lines = [
        f"- **{names[r['market']]}, {opened.labels.get(r['channel'], r['channel'])}**: a return of "
        f"{interval_text(*interval(pd.Series(r), 'roas'))} leaves "
        f"{money(r['stake'], opened.reporting_currency)} a year open."
        for r in last.sort_values("stake", ascending=False).head(most).to_dict("records")
    ]
    return "\n".join(
        ["The doubts with most money behind them, and so the first to test by experiment:", "", *lines]
    )


def home_cards(scoreboard: pd.DataFrame, currency: str) -> list[tuple[str, str, str]]:
    """Totals over markets, and the market with the highest return."""
    outcome, spend = scoreboard["outcome"].sum(), scoreboard["spend"].sum()
    last = day(pd.to_datetime(scoreboard["period_end"]).max())
    best = scoreboard.sort_values("roas_mean", na_position="first").iloc[-1]
    return [
        ("Outcome, last 52 weeks", money(outcome, currency), f"observed, to the week of {last}"),
        ("Spend on paid media", money(spend, currency), f"observed, {count(len(scoreboard), 'market')}"),
        ("Highest return per unit of money", interval_text(*interval(best, "roas")), f"estimated, {best['label']}"),
    ]  # fmt: skip


def health_sentence(board: pd.DataFrame) -> str:
    """How many markets pass, for which there is no recommendation, which borrow, which are missing.

    Parameters
    ----------
    board : the scoreboard, with a row of health `missing` for each market that could not be built.
    """
    names = {status: list(board.loc[board["health"] == status, "label"]) for status in ("fail", "missing")}
    good = len(board) - len(names["fail"]) - len(names["missing"])
    borrowed = list(board.loc[board["data_tier"] == "transferred", "label"])
    parts = [f"**{good} of {count(len(board), 'market')} pass the health check.**"]
    if names["fail"]:
        parts.append(f"No recommendation for {join(names['fail'])}, which did not.")
    looked_at = list(board.loc[board["health"] == "review", "label"])
    if looked_at:
        parts.append(f"A check needs a look in {join(looked_at)}.")
    if borrowed:
        parts.append(f"Returns that rest mostly on what all markets have in common: {join(borrowed)}.")
    if names["missing"]:
        parts.append(f"Could not be built: {join(names['missing'])}.")
    return " ".join(parts)


def share_sentence(scoreboard: pd.DataFrame) -> str:
    """The markets where marketing brings the largest and the smallest part of the outcome."""
    ranked = scoreboard.sort_values("media_share_mean")
    low, high = ranked.iloc[0], ranked.iloc[-1]
    if len(ranked) == 1:
        return f"Marketing brought **{percent_interval(*interval(high, 'media_share'))}** of the outcome."
    return (
        f"Marketing brought from **{percent_interval(*interval(low, 'media_share'))}** of the outcome in "
        f"{low['label']} to **{percent_interval(*interval(high, 'media_share'))}** in {high['label']}."
    )
