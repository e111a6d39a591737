"""Sentences and tables of the page about the budget over all markets: who gets what, and what that brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from mmm_helpers.decisions.between import EVERYWHERE
from mmm_helpers.decisions.portfolio import EVENLY, MORE, SAME, TOTALS
from mmm_helpers.intervals import interval
from mmm_helpers.report.advice import SMALL, untested
from mmm_helpers.report.budget.budget_page import describe_horizon
from mmm_helpers.report.returns import join_evidence, show_evidence
from mmm_helpers.report.words import chance, count, is_missing, join, money, money_interval, percent

NEVER_SURE = 0.5
"""Chance of a loss from which on a change of the total is said not to pay."""
MOST_ROWS = 30
"""Rows of the table by market and channel; the CSV file holds all."""
NO_PLAN = (
    "**No budget is recommended over all markets:** {reason}. The what-ifs below are computed all the same; they are "
    "no advice."
)
METHOD = """\
Every cell, a channel in a region of a market, has a response in money to a constant spend over the horizon, from every
draw of its market's model {cite:p}`jin2017bayesian`, converted at one stated rate. One optimization spends one total
over the cells of all markets: within each cell's bounds by its own market's rules, and with each market's total within
its own. Where every market's margin is known, profit counts; otherwise outcome does, in all markets alike. A market
whose model failed its health check keeps today's spend. Half of the draws choose the plan, the other half report it.

$$ \\max_{x} \\; \\sum_m w_m \\sum_i \\mathrm{E}\\left[ R_{mi}(x_{mi}) \\right] \\quad \\text{subject to} \\quad
\\sum_{m,i} x_{mi} = B, \\quad l_{mi} \\le x_{mi} \\le u_{mi}, \\quad L_m \\le \\sum_i x_{mi} \\le U_m $$

with $w_m$ what a unit of outcome leaves before media in market $m$. Draws of different markets are joined by their
order: given the data, markets count as independent, so errors that all markets have in common are not in the interval
of a sum. More on the model: [method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def explain_no_plan(plan: pd.DataFrame, *, preview: bool) -> str:
    """Why there is no plan over all markets, as a sentence; empty if there is one.

    Parameters
    ----------
    plan : table `portfolio_plan`.
    """
    if preview:
        return NO_PLAN.format(reason="this run is a preview")
    if plan.empty:
        return NO_PLAN.format(reason="no market's model passed its health check with spend to move")
    return ""


def describe_span(here: Any, places: Mapping[str, str]) -> str:
    """When the plan starts and how long it lasts, by the market with the latest data."""
    dates = [here.market(code).panel["date"] for code in places]
    return describe_horizon(max(dates, key=lambda d: d.max()), horizon=here.horizon, unit=here.unit)


def row_of(scenarios: pd.DataFrame, scenario: str, market: str = EVERYWHERE) -> pd.Series:
    """One row of `portfolio_scenarios`."""
    return scenarios[(scenarios["scenario"] == scenario) & (scenarios["market"] == market)].iloc[0]


def market_totals(plan: pd.DataFrame, name: str) -> pd.DataFrame:
    """`market, current, recommended, lower, upper, withheld` of one plan, over all cells of a market."""
    own = plan[plan["plan"] == name]
    sums = own.groupby("market", sort=False)[["current", "recommended", "lower", "upper"]].sum()
    return sums.join(own.groupby("market")["withheld"].first().astype(bool)).reset_index()


def market_rows(scenarios: pd.DataFrame, name: str, places: Mapping[str, str]) -> pd.DataFrame:
    """Rows of one plan, one a market that changes, in the order of `places`."""
    own = scenarios[(scenarios["scenario"] == name) & scenarios["market"].isin(list(places))]
    return own[own["spend_change"].abs() > 0]


def rows_left_out(table: pd.DataFrame, plan: pd.DataFrame) -> str:
    """The sentence that says how many rows a table by market and channel leaves out; empty if it shows all."""
    every = len(plan[["market", "channel"]].drop_duplicates())
    return "" if len(table) == every else f" The {len(table)} largest of {every} are shown."


def describe_same(plan: pd.DataFrame, scenarios: pd.DataFrame, *, currency: str, span: str) -> str:
    """The plan at today's total as advice: verb, amount, expected gain with its interval, chance of a loss."""
    own, totals = plan[plan["plan"] == SAME], market_totals(plan, SAME)
    moved = float((own["recommended"] - own["current"]).clip(lower=0).sum())
    if moved < SMALL * own["current"].sum():
        return "**Keep every market's budget as it is:** no move within the bounds is expected to bring more."
    between = float((totals["recommended"] - totals["current"]).clip(lower=0).sum())
    row = row_of(scenarios, SAME)
    way = "within markets" if between < SMALL * moved else f"{money(between, currency)} of it between markets"
    return (
        f"**Move {money(moved, currency)}** of {money(own['current'].sum(), currency)} over {span}, {way}: "
        f"**{money_interval(*interval(row, 'outcome_change'), currency, sign=True)}** of outcome at the same total; "
        f"{_loss(row)}.{untested(own)}"
    )


def describe_change(
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    name: str,
    *,
    places: Mapping[str, str],
    currency: str,
) -> str:
    """A tenth more, or less, decided market by market: amounts, expected change with interval, whether it pays.

    Parameters
    ----------
    name : plan, `MORE` or `LESS`.
    """
    totals, row = market_totals(plan, name), row_of(scenarios, name)
    change = (totals["recommended"] - totals["current"]).set_axis(totals["market"])
    real = change[change.abs() >= SMALL * totals["current"].to_numpy()].sort_values(key=abs, ascending=False)
    if real.empty:
        return f"**{name} has no place:** the bounds leave no room in any market."
    parts = [f"{places[m]} {money(v, currency, sign=True)}" for m, v in real.items()]
    stays = [places[m] for m in change.index if m not in real.index]
    kept = f"; {join(stays)} {'stays' if len(stays) == 1 else 'stay'}" if stays else ""
    head = "increase" if name == MORE else "cut"
    outcome = money_interval(*interval(row, "outcome_change"), currency, sign=True)
    return (
        f"**The 10 % {head} decided:** {', '.join(parts)}{kept}. Outcome changes by **{outcome}**; {_loss(row)}."
        f"{_pays(row, name)}{_unplaced(totals, name, currency)}"
    )


def _loss(row: pd.Series) -> str:
    if is_missing(row["p_loss"]):
        return "whether that pays is unknown, since a margin is missing"
    return f"{chance(row['p_loss'])} chance of a loss"


def _pays(row: pd.Series, name: str) -> str:
    """Whether a change of the total pays at the stated margins."""
    if is_missing(row["p_loss"]):
        return ""
    if row["p_loss"] >= NEVER_SURE:
        verb = "spend more" if name == MORE else "cut"
        return f" **At the assumed margins it does not pay: do not {verb} for profit within the carry-over window.**"
    return " At the assumed margins it pays."


def _unplaced(totals: pd.DataFrame, name: str, currency: str) -> str:
    """How much of a total the bounds leave no room for; empty if none."""
    left = TOTALS[name] * totals["current"].sum() - totals["recommended"].sum()
    if abs(left) < SMALL * totals["current"].sum():
        return ""
    if left > 0:
        return (
            f" {money(left, currency)} of it has no place within the bounds: keep it as a reserve for tests."
        )
    return f" {money(-left, currency)} of it cannot be cut within the bounds."


def describe_against_even(scenarios: pd.DataFrame, *, currency: str) -> str:
    """What deciding market by market brings beyond a tenth more everywhere, as a sentence on the means."""
    chosen, even = row_of(scenarios, MORE), row_of(scenarios, next(iter(EVENLY)))
    return (
        "Spread over every cell alike, 10 % more would bring "
        f"{money_interval(*interval(even, 'outcome_change'), currency, sign=True)} for "
        f"{money(even['spend_change'], currency)}; as decided it brings "
        f"{money_interval(*interval(chosen, 'outcome_change'), currency, sign=True)} for "
        f"{money(chosen['spend_change'], currency)}."
    )


def describe_withheld(plan: pd.DataFrame, *, places: Mapping[str, str], currency: str) -> str:
    """Which markets keep today's spend and why, as sentences."""
    own, totals = plan[plan["plan"] == SAME], market_totals(plan, SAME)
    held = totals[totals["withheld"]]
    rest = totals[~totals["withheld"]]
    fixed = [places[m] for m in rest.loc[rest["lower"] >= rest["upper"], "market"]]
    parts = []
    if len(held):
        names, verb = join([places[m] for m in held["market"]]), "keep" if len(held) > 1 else "keeps"
        share = percent(held["current"].sum() / totals["current"].sum())
        parts.append(
            f"**{names} {verb} today's spend**, {money(held['current'].sum(), currency)} or {share} of the total: "
            "the model failed its health check, so nothing is recommended there."
        )
    if fixed:
        parts.append(
            f"{join(fixed)} {'stays' if len(fixed) == 1 else 'stay'}: no cell there is known well enough to move."
        )
    locked = own[~own["withheld"].astype(bool) & (own["lower"] >= own["upper"])]
    parts.append(
        f"{len(locked)} of {count(int((~own['withheld'].astype(bool)).sum()), 'cell')} in the other markets stay "
        "where they are, for the reasons on each market's own budget page."
    )
    return " ".join(parts)


def held_names(plan: pd.DataFrame, places: Mapping[str, str]) -> list[str]:
    """Names of the markets whose advice is withheld; all of them where there is no plan."""
    held = set(plan.loc[plan["withheld"].astype(bool), "market"]) if len(plan) else set(places)
    return [name for code, name in places.items() if code in held]


def compute_market_table(
    plan: pd.DataFrame, scenarios: pd.DataFrame, name: str, *, places: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """A plan by market: `market, now, recommended, change, outcome, p_loss`; all markets in the last row."""
    rows = []
    for r in market_totals(plan, name).itertuples():
        rows.append((places[r.market], r.current, r.recommended, row_of(scenarios, name, r.market)))
    own = plan[plan["plan"] == name]
    rows.append(("All markets", own["current"].sum(), own["recommended"].sum(), row_of(scenarios, name)))
    return pd.DataFrame(
        [
            {
                "market": who,
                "now": now,
                "recommended": then,
                "change": then / now - 1,
                "outcome": money_interval(*interval(row, "outcome_change"), currency, sign=True),
                "p_loss": row["p_loss"] if row["outcome_change_mean"] else float("nan"),
            }
            for who, now, then, row in rows
        ]
    )


def compute_channel_table(
    plan: pd.DataFrame, *, places: Mapping[str, str], labels: Mapping[str, str]
) -> pd.DataFrame:
    """Market × channel over all regions: now, at the same total, at a tenth more; the largest rows.

    Returns
    -------
    Columns market, channel, now, same, more, evidence.
    """
    keys = ["market", "channel"]
    total = plan.groupby([*keys, "plan"], sort=False)["recommended"].sum().unstack("plan")
    first = plan[plan["plan"] == SAME]
    rows = first.groupby(keys, sort=False).agg(
        now=("current", "sum"), data_tier=("data_tier", "first"), cause_mark=("cause_mark", "first")
    )
    rows = rows.assign(same=total[SAME], more=total[MORE]).reset_index()
    rows = rows.sort_values("now", ascending=False).head(MOST_ROWS)
    return pd.DataFrame(
        {
            "market": rows["market"].map(dict(places)),
            "channel": rows["channel"].map(lambda c: labels.get(c, c)),
            "now": rows["now"],
            "same": rows["same"] / rows["now"] - 1,
            "more": rows["more"] / rows["now"] - 1,
            "evidence": join_evidence(rows),
        }
    ).reset_index(drop=True)


def formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of the page's tables are written."""

    def share(value: float) -> str:
        return "–" if abs(value) < SMALL else percent(value, sign=True)

    amounts = {name: lambda v: money(v, currency) for name in ("now", "recommended")}
    shares = dict.fromkeys(("change", "same", "more"), share)
    return amounts | shares | {"outcome": str, "p_loss": chance_or_dash, "evidence": show_evidence}


def chance_or_dash(value: float) -> str:
    """A chance, or a dash where nothing changes or no margin is known."""
    return "–" if is_missing(value) else chance(value)


TITLES = {
    "now": "Now",
    "recommended": "Recommended",
    "same": "Same total",
    "more": "10 % more",
    "outcome": "Change of outcome (90 %)",
    "p_loss": "Chance of a loss",
}
"""Headings of the page's tables."""


def between_markets(scenarios: pd.DataFrame) -> pd.DataFrame:
    """What-ifs between two markets that could be computed."""
    rows = scenarios[(scenarios["market"] == EVERYWHERE) & scenarios["applicable"].astype(bool)]
    return rows[~rows["scenario"].isin([*TOTALS, *EVENLY])]


def describe_between(rows: pd.DataFrame, *, currency: str, held: Sequence[str] = ()) -> str:
    """The move between two markets with the highest expected change, as a sentence.

    Parameters
    ----------
    held : names of markets whose advice is withheld; a move from or to them is singled out by no sentence.
    """
    sound = rows[[not any(name in own for name in held) for own in rows["scenario"]]]
    if sound.empty:
        return f"Each of these moves involves {join(held)}, where advice is withheld: they are no ground to act on."
    best = sound.sort_values("outcome_change_mean").iloc[-1]
    change = money_interval(*interval(best, "outcome_change"), currency, sign=True)
    return f"Best of these moves: **{best['scenario']}**, {change} of outcome; {_loss(best)}."


def describe_assumptions(here: Any, places: Mapping[str, str], *, max_change: float) -> str:
    """What the plan rests on, as a list (MyST)."""
    margins = {places[c]: here.market(c).margin for c in places}
    known = [f"{name} {percent(m)}" for name, m in margins.items() if m]
    rates = {here.market(c).currency: here.market(c).rate for c in places}
    other = [
        f"{rate:.4g} {here.reporting_currency} for 1 {own}"
        for own, rate in rates.items()
        if own != here.reporting_currency
    ]
    aim = "profit" if len(known) == len(margins) else "outcome, because a margin is missing"
    lines = [
        f"A market's total moves by {percent(max_change)} at most (`budget.max_market_change`); each cell within its "
        "own market's bounds.",
        f"The plan seeks {aim}. Margins (*assumed*): {join(known) if known else 'none stated'}.",
        f"Spend is the same in each {here.unit} of the horizon; what is carried over into it and out of it counts.",
        "Markets add up: no market's advertising sells in another.",
    ]
    if other:
        lines.append(f"Money is converted at one stated rate a currency: {join(other)}.")
    return "\n".join(f"- {line}" for line in lines)
