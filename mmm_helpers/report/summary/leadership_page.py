"""The page for leadership: one page over all markets that a CMO and a CFO read in two minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmm_helpers.decisions.portfolio import EVENLY, MORE, SAME
from mmm_helpers.intervals import interval
from mmm_helpers.report.advice import SMALL
from mmm_helpers.report.experiments.next_experiment_page import name_test
from mmm_helpers.report.portfolio.home_page import health_sentence
from mmm_helpers.report.portfolio.portfolio_budget_page import (
    NEVER_SURE,
    describe_same,
    market_totals,
    row_of,
)
from mmm_helpers.report.summary import actions
from mmm_helpers.report.summary.actions import ACTION_COLUMNS, ANALYST, FINANCE, plan_start
from mmm_helpers.report.words import (
    chance,
    day,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    percent_interval,
)

BUDGET = "[portfolio budget](11_portfolio_budget.ipynb)"
SCOREBOARD = "[scoreboard](../../index.ipynb)"
MORE_EVENLY = next(iter(EVENLY))


def headline(plan: pd.DataFrame, scenarios: pd.DataFrame, none: str, *, currency: str, span: str) -> str:
    """The one sentence on top: the move at today's total, or why there is none.

    Parameters
    ----------
    plan, scenarios : tables `portfolio_plan` and `portfolio_scenarios`. none : `explain_no_plan`.
    """
    return none or describe_same(plan, scenarios, currency=currency, span=span)


def takeaways(
    board: pd.DataFrame,
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    *,
    places: Mapping[str, str],
    currency: str,
) -> list[str]:
    """Five sentences, each with its number and the page behind it (MyST).

    Parameters
    ----------
    board : table `scoreboard`, with the markets that could not be built.
    """
    known = board.dropna(subset=["outcome"])
    lines = [
        f"{_many(known)} turned over **{money(known['outcome'].sum(), currency)}** in the last year of data and spent "
        f"**{money(known['spend'].sum(), currency)}** on paid media (observed; {SCOREBOARD}).",
        _shares(known),
        f"{health_sentence(board)} ({SCOREBOARD})",
        _next_unit(scenarios, places={c: places[c] for c in advised(plan, list(places))}),
    ]
    return [*lines, _more(plan, scenarios, currency=currency)]


def _many(board: pd.DataFrame) -> str:
    return join(list(board["label"]))


def _shares(board: pd.DataFrame) -> str:
    """Where marketing brought most and least of the outcome."""
    ranked = board.sort_values("media_share_mean")
    low, high = ranked.iloc[0], ranked.iloc[-1]
    text = f"Marketing brought **{percent_interval(*interval(high, 'media_share'))}** of the outcome in {high['label']}"
    if len(ranked) > 1:
        text += (
            f" and **{percent_interval(*interval(low, 'media_share'))}** in {low['label']}, most and least"
        )
    return f"{text} (estimated; {SCOREBOARD})."


def _next_unit(scenarios: pd.DataFrame, *, places: Mapping[str, str]) -> str:
    """Where a tenth more would bring most and least for each unit of money."""
    rows = scenarios[(scenarios["scenario"] == MORE_EVENLY) & scenarios["market"].isin(list(places))]
    if rows.empty:
        return "No market may be given advice, so none's next unit of money is valued."
    returns = pd.DataFrame(
        {s: rows[f"outcome_change_{s}"] / rows["spend_change"] for s in ("mean", "q05", "q95")}
    ).set_axis(rows["market"])
    ranked = returns.sort_values("mean")
    high, low = (f"**{interval_text(*ranked.iloc[i][['mean', 'q05', 'q95']])}**" for i in (-1, 0))
    text = f"For each unit of money, a tenth more spend would bring {high} in {places[ranked.index[-1]]}"
    if len(ranked) > 1:
        text += f" and {low} in {places[ranked.index[0]]}, most and least"
    return f"{text} (estimated; {BUDGET})."


def _more(plan: pd.DataFrame, scenarios: pd.DataFrame, *, currency: str) -> str:
    """Whether a tenth more pays."""
    if plan.empty:
        return f"Nothing is said about where 10 % more would go ({BUDGET})."
    row = row_of(scenarios, MORE)
    text = (
        f"10 % more, {money(row['spend_change'], currency)}, would bring "
        f"**{money_interval(*interval(row, 'outcome_change'), currency, sign=True)}** of outcome"
    )
    if is_missing(row["p_loss"]):
        return f"{text}; whether that pays is unknown without a margin ({BUDGET})."
    verdict = "does not pay" if row["p_loss"] >= NEVER_SURE else "pays"
    return f"{text}: at the assumed margins it **{verdict}** ({chance(row['p_loss'])} chance of a loss; {BUDGET})."


def unknowns(
    board: pd.DataFrame, plan: pd.DataFrame, scenarios: pd.DataFrame, *, places: Mapping[str, str]
) -> list[str]:
    """What is not known across markets, as sentences."""
    lines = []
    if len(plan):
        own = plan[plan["plan"] == SAME]
        moved = own[(own["recommended"] - own["current"]).abs() > SMALL * own["current"]]
        if len(moved):
            amount = (moved["recommended"] - moved["current"]).abs()
            share = amount[moved["cause_mark"] != "tested"].sum() / amount.sum()
            lines.append(f"{percent(share)} of the money that moves has no experiment behind it.")
        held = [places[m] for m in own.loc[own["withheld"].astype(bool), "market"].unique()]
        if held:
            lines.append(f"What {join(held)} should do: the model failed its health check there.")
        row = row_of(scenarios, SAME)
        if not is_missing(row["p_loss_predictive"]):
            lines.append(
                "What chance adds: sales go up and down by themselves, and with that counted the plan could end lower "
                f"than today's with {chance(row['p_loss_predictive'])} probability."
            )
    borrowed = list(board.loc[board["data_tier"] == "transferred", "label"])
    if borrowed:
        lines.append(
            f"How far {join(borrowed)} differ from the others: their returns rest mostly on all markets'."
        )
    lines.append(
        "Errors that all markets have in common (a driver that no data show) and the building of brands beyond the "
        "carry-over window are in no interval here."
    )
    return lines


def best_test(here: Any, codes: list[str]) -> tuple[str, pd.Series] | None:
    """The market and row of the experiment with the highest net value among markets with advice; None if none pays."""
    best = None
    for code in codes:
        tests = here.market(code).table("next_experiments")
        good = tests[tests["worth_it"].fillna(False).astype(bool)] if len(tests) else tests
        if len(good):
            row = good.sort_values("net_value").iloc[-1]
            if best is None or row["net_value"] > best[1]["net_value"]:
                best = (code, row)
    return best


def advised(plan: pd.DataFrame, codes: list[str]) -> list[str]:
    """Markets whose own advice is not withheld."""
    if plan.empty:
        return []
    held = set(plan.loc[plan["withheld"].astype(bool), "market"])
    return [c for c in codes if c not in held]


def describe_test(here: Any, found: tuple[str, pd.Series] | None, *, places: Mapping[str, str]) -> str:
    """The most valuable next experiment over all markets, as a sentence."""
    if found is None:
        return "**No designed test is worth its cost** in a market whose model passed its health check."
    code, row = found
    name = name_test(row, labels=here.labels, unit=here.unit)
    currency = here.reporting_currency
    return (
        f"**{places[code]}: {name}.** Expected to be worth {money_interval(*interval(row, 'value'), currency)} at a "
        f"cost of {money(row['cost'], currency)}, {money(row['net_value'], currency, sign=True)} net; its result "
        f"changes what is done with {chance(row['chance_to_change'])} probability "
        f"([design](../{code}/13_experiment_design.ipynb))."
    )


def compute_actions(
    here: Any,
    plan: pd.DataFrame,
    scenarios: pd.DataFrame,
    found: tuple[str, pd.Series] | None,
    *,
    places: Mapping[str, str],
) -> pd.DataFrame:
    """Who does what by when over all markets: columns week, owner, action."""
    currency, rows = here.reporting_currency, []
    if plan.empty:
        rows.append((1, ANALYST, "Bring the models through their health check; until then no budget moves."))
    else:
        totals = market_totals(plan, SAME)
        row = row_of(scenarios, MORE)
        if row["p_loss"] >= NEVER_SURE:
            rows.append((1, FINANCE, "Keep the total: at the assumed margins 10 % more does not pay."))
        own = plan[(plan["plan"] == SAME) & ~plan["withheld"].astype(bool)]
        moved = (own["recommended"] - own["current"]).clip(lower=0).groupby(own["market"], sort=False).sum()
        for r in totals.itertuples():
            if r.withheld:
                rows.append((1, f"{ANALYST}, {places[r.market]}", "Mend what the health check found."))
            elif moved.get(r.market, 0) >= SMALL * r.current:
                change = money(r.recommended - r.current, currency, sign=True)
                what = f"Move {money(moved[r.market], currency)} between cells; the market's total changes by {change}."
                rows.append((2, f"{actions.LEAD}, {places[r.market]}", what))
    if found is not None:
        name = name_test(found[1], labels=here.labels, unit=here.unit)
        rows.append((4, f"{actions.LEAD}, {places[found[0]]}", f"Start the test: {name}."))
    days = {"day": 1, "week": 7, "month": 30}[here.unit] * here.horizon
    rows.append((1 + days // 7, ANALYST, "Set what happened beside what was expected; run the report again."))
    start = max(plan_start(here.market(code).panel["date"]) for code in places)
    dated = [
        (f"{n} (from {day(start + pd.Timedelta(weeks=n - 1))})", who, what)
        for n, who, what in sorted(rows, key=lambda r: r[0])
    ]
    return pd.DataFrame(dated, columns=ACTION_COLUMNS)
