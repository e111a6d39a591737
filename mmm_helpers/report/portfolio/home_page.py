"""Sentences and table of the home page: the portfolio at a glance."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.advice import advise_market
from mmm_helpers.report.display import figure
from mmm_helpers.report.grouped import group_labels, join_groups
from mmm_helpers.report.marks import evidence_signs
from mmm_helpers.report.style import draw_interval, name_rows, new_axes
from mmm_helpers.report.words import (
    MISSING,
    count,
    day,
    interval_text,
    join,
    money,
    percent,
    percent_interval,
)

ACCENT = "#0072B2"
NO_TESTS = (
    "No market has a return from a model that passed its health check, so no doubt can be weighed in money."
)


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
    name_rows(ax, [f"{row['label']} {evidence_signs(row)}" for row in rows.to_dict("records")])
    ax.set_xlim(0, float(rows["media_share_q95"].max()) * 1.35)
    ax.xaxis.set_major_formatter(lambda value, _: percent(value))
    figure(
        ax.figure,
        alt=f"Share of outcome brought by marketing. {share_sentence(scoreboard)}".replace("**", ""),
    )


def next_tests(opened: Any, scoreboard: pd.DataFrame, *, most: int = 3) -> str:
    """The channels whose uncertain return has most money at stake, as a list (MyST).

    Markets whose model failed its health check are left out: how uncertain their returns are is not known.
    """
    last = [_paid_effects(opened.market(code)) for code in _sound(scoreboard)["market"]]
    last = pd.concat(last, ignore_index=True) if last else pd.DataFrame()
    if last.empty:
        return NO_TESTS
    last = last.assign(stake=(last["roas_q95"] - last["roas_q05"]) * last["spend"])
    names = dict(zip(scoreboard["market"], scoreboard["label"], strict=True))
    lines = [
        f"- **{names[r['market']]}, {r['name']}**: a return of "
        f"{interval_text(*interval(pd.Series(r), 'roas'))} {evidence_signs(r)} leaves "
        f"{money(r['stake'], opened.reporting_currency)} a year open."
        for r in last.sort_values("stake", ascending=False).head(most).to_dict("records")
    ]
    return "\n".join(
        ["The doubts with most money behind them, and so the first to test by experiment:", "", *lines]
    )


def _paid_effects(here: Any) -> pd.DataFrame:
    """A market's paid channels in its last window, with `name`; those that cannot be told apart in one row."""
    groups = here.table("channel_groups")
    effects = join_groups(here.table("channel_effects"), groups)
    names = group_labels(here.labels, groups)
    paid = effects[(effects["spend"] > 0) & effects["roas_mean"].notna()]
    return paid.assign(name=[names.get(c, c) for c in paid["channel"]])


def home_cards(scoreboard: pd.DataFrame, currency: str) -> list[tuple[str, str, str]]:
    """Totals over markets, and the market with the highest return among those that passed the health check."""
    outcome, spend = scoreboard["outcome"].sum(), scoreboard["spend"].sum()
    last = day(pd.to_datetime(scoreboard["period_end"]).max())
    return [
        ("Outcome, last 52 weeks", money(outcome, currency), f"observed, to the week of {last}"),
        ("Spend on paid media", money(spend, currency), f"observed, {count(len(scoreboard), 'market')}"),
        ("Highest return per unit of money", *_highest(scoreboard)),
    ]


def _highest(scoreboard: pd.DataFrame) -> tuple[str, str]:
    """The highest return with its interval, and whose it is with its evidence."""
    ranked = _sound(scoreboard).dropna(subset="roas_mean").sort_values("roas_mean")
    if ranked.empty:
        return MISSING, "no market with a return passed its health check"
    best = ranked.iloc[-1]
    return interval_text(*interval(best, "roas")), f"estimated, {best['label']} {evidence_signs(best)}"


def _sound(scoreboard: pd.DataFrame) -> pd.DataFrame:
    """Markets whose model did not fail its health check."""
    return scoreboard[scoreboard["health"] != "fail"]


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
        return f"Marketing brought {_share(high)} of the outcome."
    ends = f"{_share(low)} of the outcome in {low['label']} to {_share(high)} in {high['label']}"
    return f"Marketing brought from {ends}."


def _share(row: pd.Series) -> str:
    return f"**{percent_interval(*interval(row, 'media_share'))}** {evidence_signs(row)}"
