"""Sentences and tables of the page about all markets: returns side by side, and what markets borrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.report.marks import TIERS
from mmm_helpers.report.model.model_page import only_telling
from mmm_helpers.report.returns import in_order, last_window, of_total, return_of
from mmm_helpers.report.site.pages import as_sentence
from mmm_helpers.report.words import (
    MISSING,
    count,
    interval_text,
    join,
    money,
    percent,
    period,
    ratio,
    significant,
)

METHOD = """\
Each market has its own model, fitted to its own data with a wide prior. Then the markets share what they learnt, in
two stages {cite:p}`lunn2013fully`: what a market's data say about its returns, skewed as it may be, is weighed against
a prior that all markets share, whose centre and spread are estimated from all of them; a market's other parameters
follow its returns {cite:p}`beaumont2002approximate`. A market with much data hardly moves; a thin one is drawn towards
the others. A benchmark holds the two stages against one joint fit of all markets. The pooling factor says how far a
number is drawn, lambda {cite:p}`gelman2006bayesian` how far those of one channel are together;
{cite:t}`wang2017hierarchical` show the gain.

$$ \\log \\rho_{mc} \\sim \\mathcal{N}(\\mu_c, \\tau^2), \\qquad
\\text{pooling factor} = \\frac{s_{mc}^2}{s_{mc}^2 + \\tau^2}, \\qquad
\\lambda_c =
1 - \\frac{\\mathrm{Var}_m\\,\\mathrm{E}[\\varepsilon_{mc}]}{\\mathrm{E}\\,\\mathrm{Var}_m[\\varepsilon_{mc}]} $$

with $\\rho_{mc}$ the return of channel $c$ in market $m$ at its mean spend, $s_{mc}$ the standard deviation of its
logarithm by the market's own data alone, and $\\varepsilon_{mc} = \\log \\rho_{mc} - \\mu_c$. More:
[method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def market_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows of `channel_effects` of all markets that concern a market's total in its last window."""
    return of_total(last_window(effects))


def market_names(codes: Iterable[str], markets: Mapping[str, Any]) -> dict[str, str]:
    """Market → name, in the portfolio file's order, for the markets in `codes`."""
    present = set(codes)
    return {code: market.label or code for code, market in markets.items() if code in present}


def describe_markets(
    effects: pd.DataFrame, *, places: Mapping[str, str], labels: Mapping[str, str], currency: str
) -> str:
    """The largest channel's highest and lowest return among markets, as a sentence.

    Parameters
    ----------
    effects : result of `market_effects`.
    places : market → name.
    """
    paid = effects.dropna(subset=["roas_mean"])
    if paid.empty:
        return "No market has a paid channel, so there is no return to compare."
    spend = paid.groupby("channel")["spend"].sum()
    rows = paid[paid["channel"] == spend.idxmax()].sort_values("roas_mean")
    name, share = labels.get(spend.idxmax(), spend.idxmax()), percent(spend.max() / spend.sum())
    low, high = rows.iloc[0], rows.iloc[-1]
    one = money(1, currency, digits=1)
    head = f"**{name}**, the largest channel with {share} of all spend, brought back for each {one}"
    if len(rows) == 1:
        only = places[high["market"]]
        return f"{head} **{return_of(high, currency)}** in {only}, the only market that uses it."
    overlap = "their ranges overlap" if high["roas_q05"] <= low["roas_q95"] else "their ranges do not overlap"
    return (
        f"{head} **{return_of(high, currency)}** in {places[high['market']]} and "
        f"**{return_of(low, currency)}** in {places[low['market']]}, the highest and the lowest of "
        f"{count(len(rows), 'market')}; {overlap}."
    )


def describe_absent(codes: Iterable[str], markets: Mapping[str, Any], reasons: Mapping[str, str]) -> str:
    """Which markets of the portfolio file are not on the page and why; empty if all are.

    Parameters
    ----------
    codes : markets that are shown.
    markets : the portfolio file's markets.
    reasons : market → why it could not be built, from the run's record.
    """
    shown = set(codes)
    parts = [
        f"{market.label or code}: {as_sentence(reasons.get(code) or 'it took no part in this run')}"
        for code, market in markets.items()
        if code not in shown
    ]
    return f"**Not on this page.** {' '.join(parts)}" if parts else ""


def describe_spread(effects: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """In which channel markets agree most and in which least, as a sentence.

    The spread is the ratio of the highest to the lowest mean return among the markets that use a channel.
    """
    paid = effects.dropna(subset=["roas_mean"])
    groups = paid[paid["roas_mean"] > 0].groupby("channel")["roas_mean"]
    spread = (groups.max() / groups.min())[groups.count() > 1].sort_values()
    if spread.empty:
        return "No channel is used by two markets, so there is nothing to compare."
    first, last = spread.index[0], spread.index[-1]
    text = f"Markets differ most in **{labels.get(last, last)}**: the best return is "
    text += f"**{significant(spread.iloc[-1])} times** the worst"
    if len(spread) > 1:
        text += f"; they differ least in {labels.get(first, first)} ({significant(spread.iloc[0])} times)"
    return text + ". Compare the ranges before the dots: a difference within them may be none."


def compute_returns_matrix(
    effects: pd.DataFrame, *, places: Mapping[str, str], labels: Mapping[str, str]
) -> pd.DataFrame:
    """Returns, one row a market and one column a channel, each with its data tier's mark, as HTML."""
    cells = {
        (r["market"], r["channel"]): _cell(r) for _, r in effects.dropna(subset=["roas_mean"]).iterrows()
    }
    used = [c for c in labels if any(c == channel for _, channel in cells)]
    rows = [
        {"market": name} | {labels[c]: cells.get((code, c), MISSING) for c in used}
        for code, name in places.items()
    ]
    return pd.DataFrame(rows)


def plain_cells(matrix: pd.DataFrame) -> dict[str, Callable[[object], str]]:
    """Formats that keep the HTML of `compute_returns_matrix`; markets' names are escaped."""
    return {c: escape if c == "market" else str for c in matrix}


def _cell(row: pd.Series) -> str:
    mean, bracket, bounds = interval_text(row["roas_mean"], row["roas_q05"], row["roas_q95"]).partition(" (")
    mark = f" {TIERS[row['data_tier']][0]}" if row["data_tier"] in TIERS else ""
    return f"{mean}{mark}<br>{bracket.strip()}{bounds}"


def market_shrinkage(
    shrinkage: pd.DataFrame, effects: pd.DataFrame, *, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Rows of `shrinkage` of markets' totals and paid channels; own estimates that say nothing are blank."""
    paid = effects.loc[effects["spend"] > 0, ["market", "channel"]].drop_duplicates()
    rows = only_telling(of_total(shrinkage)).merge(paid, on=["market", "channel"])
    return in_order(rows, labels)


def compute_borrowing(shrinkage: pd.DataFrame, *, places: Mapping[str, str]) -> pd.DataFrame:
    """By market how much is borrowed and how far that moves its numbers, most borrowed first.

    Parameters
    ----------
    shrinkage : result of `market_shrinkage`.

    Returns
    -------
    Columns market (code), name, pooling_factor (mean), moved (median relative change of the return), and the
    number of channels by tier (`local, partially_pooled, transferred`).
    """
    rows = []
    for code, own in shrinkage.groupby("market", sort=False):
        moved = np.exp(np.abs(np.log(own["pooled_mean"] / own["own_mean"]))) - 1
        tiers = {tier: int((own["data_tier"] == tier).sum()) for tier in TIERS}
        row = {"market": code, "name": places.get(code, code), "pooling_factor": own["pooling_factor"].mean()}
        rows.append(row | {"moved": float(moved.median())} | tiers)
    columns = ["market", "name", "pooling_factor", "moved", *TIERS]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "pooling_factor", ascending=False, ignore_index=True
    )


def describe_market_borrowing(borrowing: pd.DataFrame) -> str:
    """Which market borrows most and which least, as a sentence.

    Parameters
    ----------
    borrowing : result of `compute_borrowing`.
    """
    if borrowing.empty:
        return "No market has a return to share."
    most, least = borrowing.iloc[0], borrowing.iloc[-1]
    text = f"**{most['name']}** borrows most: **{percent(most['pooling_factor'])}** of a return comes from "
    text += "other markets"
    if len(borrowing) > 1:
        text += f"; {least['name']} borrows least, {percent(least['pooling_factor'])}"
    return text + " (mean pooling factor of its channels)."


BORROWING_FORMATS = {"pooling_factor": percent, "moved": percent}
"""How the columns of `compute_borrowing` are written on a page."""


def borrowing_titles() -> dict[str, str]:
    """Headings of the table of `compute_borrowing`."""
    tiers = {tier: f"{mark} {word}" for tier, (mark, word, _) in TIERS.items()}
    return {"name": "Market", "pooling_factor": "Borrowed", "moved": "Typical change by it", **tiers}


def summarize_sources(records: Mapping[str, Mapping[str, Any]], *, profile: str) -> dict[str, Any]:
    """Where the page's numbers come from: files of each market with their hashes, versions.

    Parameters
    ----------
    records : market name → its provenance record.
    """
    files = {
        name: join([f"{s['path']} (SHA-256 {s['sha256'][:12]}…)" for s in record.get("sources", [])])
        for name, record in records.items()
    }
    first = next(iter(records.values()), {})
    return {
        "portfolio_file": first.get("portfolio_file", ""),
        "profile": profile,
        "files": files,
        "versions": first.get("versions", {}),
    }


def describe_period(effects: pd.DataFrame) -> str:
    """The span of the returns on the page, from the earliest start to the latest week."""
    return period(effects["period_start"].min(), effects["period_end"].max())


def shared_break_even(here: Any, codes: Iterable[str]) -> float | None:
    """Break-even of all markets, if it is the same for all; else None.

    Parameters
    ----------
    here : the open portfolio.
    codes : markets on the page.
    """
    values = {here.market(code).break_even for code in codes}
    return values.pop() if len(values) == 1 else None


def describe_break_even(break_even: float | None) -> str:
    """What the dashed line of a chart says, or why there is none."""
    if break_even is None:
        return "No break-even is drawn, because the margin is unknown or differs between markets."
    return f"The dashed line is {{term}}`break-even`, {ratio(break_even)} (*assumed* margin)."


def explain_tiers() -> str:
    """The marks of data tiers in words."""
    return f"{'; '.join(f'{mark} {word}: {meaning}' for mark, word, meaning in TIERS.values())}."


def read_reasons(record: Mapping[str, Any]) -> dict[str, str]:
    """Market → why it could not be built, from the record of the last run.

    Parameters
    ----------
    record : `{"markets": {code: {"status", "reason", …}}}`; may be empty.
    """
    return {code: str(one.get("reason") or "") for code, one in record.get("markets", {}).items()}
