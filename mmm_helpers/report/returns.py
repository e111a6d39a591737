"""Returns in words and rows: what channels brought back, how sure that is, and what speaks for it.

Shared by the pages about the model, the budget and the portfolio, so that a return reads the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from mmm_helpers.report.marks import TIERS, cause_mark, chip, evidence_signs, tier_mark
from mmm_helpers.report.words import MISSING, chance, count, interval_text, is_missing, join, money, period

MOST_ROWS = 60
"""Most rows of a table on a page; the CSV file beside it holds all."""


def last_window(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows of the latest window of `channel_effects`: the last 52 weeks, or all history if shorter."""
    if effects.empty:
        return effects
    start = effects.groupby("market")["period_start"].transform("max")
    return effects[effects["period_start"] == start].drop_duplicates(["market", "region", "channel"])


def of_total(table: pd.DataFrame) -> pd.DataFrame:
    """Rows about the market as a whole (region `all`), each once."""
    return table[table["region"] == "all"].drop_duplicates()


def by_region(table: pd.DataFrame) -> pd.DataFrame:
    """Rows about single regions; those of the total where the market has one region only."""
    regions = table[table["region"] != "all"]
    return of_total(table) if regions.empty else regions


def returned(mean: float, low: float, high: float, currency: str) -> str:
    """What one unit of money brought back, with its interval.

    Examples
    --------
    >>> returned(2.13, 1.8, 2.5, "EUR")
    '€2.1 (1.8–2.5)'
    """
    if is_missing(mean):
        return MISSING
    return money(mean, currency, digits=2) + "".join(interval_text(mean, low, high).partition(" (")[1:])


def return_of(row: pd.Series, currency: str, *, value: str = "roas") -> str:
    """The return in a table's row as text; `value` is `roas` or `mroas`."""
    return returned(*(row[f"{value}_{s}"] for s in ("mean", "q05", "q95")), currency)


def paid_rows(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows with a return, largest spend first; unpaid channels and those without spend have none."""
    return effects.dropna(subset=["roas_mean"]).sort_values("spend", ascending=False)


def unpaid_names(effects: pd.DataFrame, *, labels: Mapping[str, str]) -> list[str]:
    """Names of the channels in the table that have no return."""
    without = effects.groupby("channel", sort=False)["roas_mean"].apply(lambda v: v.isna().all())
    return [labels.get(c, c) for c in without.index[without]]


def describe_returns(
    effects: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    break_even: float | None,
    withheld: str = "",
) -> str:
    """Best and worst return with their intervals, and how many channels surely pay for themselves.

    Parameters
    ----------
    effects : rows of `channel_effects` of one market's total and one window.
    break_even : 1 / contribution margin; None where the margin is unknown.
    withheld : why there is no advice; then nothing is said about what pays.
    """
    paid = paid_rows(effects).sort_values("roas_mean", ascending=False)
    if paid.empty:
        return "No channel was paid for in this period, so there is no return to report."
    best, worst = paid.iloc[0], paid.iloc[-1]
    one = money(1, currency, digits=1)
    text = f"Each {one} spent on **{labels.get(best['channel'], best['channel'])}** brought back "
    text += f"**{return_of(best, currency)}** {evidence_signs(best)}, the most of {count(len(paid), 'paid channel')}"
    if len(paid) > 1:
        text += f"; {labels.get(worst['channel'], worst['channel'])} brought the least, "
        text += f"{return_of(worst, currency)} {evidence_signs(worst)}"
    pays = "" if withheld else _against_break_even(paid, currency, break_even)
    return f"{text}. {_if_transferred(best, labels)}{pays}".strip()


def _if_transferred(best: pd.Series, labels: Mapping[str, str]) -> str:
    if best["data_tier"] != "transferred":
        return ""
    return (
        f"The number for {labels.get(best['channel'], best['channel'])} is mostly learnt from other places. "
    )


def _against_break_even(paid: pd.DataFrame, currency: str, break_even: float | None) -> str:
    if break_even is None:
        return "The contribution margin is unknown, so whether that pays is not shown."
    above, below = (paid["roas_q05"] > break_even).sum(), (paid["roas_q95"] < break_even).sum()
    limit = money(break_even, currency, digits=2)
    return (
        f"With an *assumed* {{term}}`break-even` of {limit}, {above} of {len(paid)} lie above it with their "
        f"whole range, {below} below, and {len(paid) - above - below} could be either."
    )


def describe_tiers(effects: pd.DataFrame) -> str:
    """How many numbers stand on own data, and how many on an experiment, as sentences.

    Parameters
    ----------
    effects : rows with `data_tier, cause_mark, decision_grade`.
    """
    total = len(effects)
    tiers = [
        f"{(effects['data_tier'] == tier).sum()} {mark} {word}"
        for tier, (mark, word, _) in TIERS.items()
        if (effects["data_tier"] == tier).any()
    ]
    tested = int((effects["cause_mark"] == "tested").sum())
    graded = int(effects["decision_grade"].sum())
    cause = "none is tested by an experiment" if not tested else f"{tested} tested by an experiment"
    return f"Of {count(total, 'return')} {join(tiers)}; {cause}; {graded} could ground a decision."


def compute_returns_table(
    effects: pd.DataFrame, *, labels: Mapping[str, str], places: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Returns as text by place and channel, largest spend first within a place.

    Parameters
    ----------
    effects : rows of one window of `channel_effects`, of regions or (with `places`) of markets.
    places : market → name; then the first column is the market instead of the region.

    Returns
    -------
    Columns region (or market), channel, spend, return, next_unit, above_break_even, evidence,
    decision_grade; at most `MOST_ROWS` rows, the largest by spend.
    """
    paid = paid_rows(effects)
    kept = paid.head(MOST_ROWS)
    key = "region" if places is None else "market"
    order = list(dict.fromkeys(kept[key]))
    kept = kept.assign(_place=kept[key].map(order.index)).sort_values(
        ["_place", "spend"], ascending=[True, False]
    )
    names = kept[key].map(lambda c: (places or {}).get(c, "All regions" if c == "all" else c))
    return pd.DataFrame(
        {
            key: names,
            "channel": [labels.get(c, c) for c in kept["channel"]],
            "spend": kept["spend"],
            "return": _texts(kept, "roas"),
            "next_unit": _texts(kept, "mroas"),
            "above_break_even": kept["p_above"],
            "evidence": join_evidence(kept),
            "decision_grade": kept["decision_grade"],
        }
    )


def signs_by_channel(effects: pd.DataFrame) -> dict[str, str]:
    """Channel → data tier and cause mark as two signs, from rows of one place and one window."""
    return {row["channel"]: evidence_signs(row) for _, row in effects.iterrows()}


def join_evidence(rows: pd.DataFrame) -> pd.Series:
    """Data tier and cause mark of each row in one column, as `show_evidence` takes them: `local|tested`."""
    return rows["data_tier"].astype(str) + "|" + rows["cause_mark"].astype(str)


def show_evidence(pair: object) -> str:
    """Data tier above cause mark, as HTML.

    Examples
    --------
    >>> show_evidence("local|tested").count("<br>")
    1
    """
    tier, _, cause = str(pair).partition("|")
    return f"{tier_mark(tier)}<br>{cause_mark(cause)}"


def short_chance(value: float) -> str:
    """A probability as it stands in a table, as HTML.

    Examples
    --------
    >>> short_chance(0.001), short_chance(0.12)
    ('&lt; 1 %', '12 %')
    """
    return chance(value).replace("less than", "&lt;").replace("more than", "&gt;")


def returns_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_returns_table` are written on a page."""
    return {
        "spend": lambda v: money(v, currency),
        "above_break_even": short_chance,
        "evidence": show_evidence,
        "decision_grade": lambda v: chip("pass", text="yes") if v else "no",
    }


def returns_titles(currency: str) -> dict[str, str]:
    """Headings of the columns of `compute_returns_table`."""
    one = money(1, currency, digits=1)
    return {
        "return": f"Return for {one} (90 %)",
        "next_unit": f"For {one} more (90 %)",
        "above_break_even": "Chance that this pays",
        "decision_grade": "Decision",
    }


def describe_window(effects: pd.DataFrame) -> str:
    """The window of a table of returns, as it stands after "spent"."""
    return f"in {period(effects['period_start'].min(), effects['period_end'].max())} (first days of weeks)"


def describe_unpaid(names: Sequence[str]) -> str:
    """What is said about channels without a return; empty if there are none."""
    return (
        f"{join(names)} cost{'s' if len(names) == 1 else ''} nothing, so there is no return." if names else ""
    )


def rows_left_out(table: pd.DataFrame, full: pd.DataFrame) -> str:
    """The sentence that says how many rows a table leaves out; empty if it shows all."""
    missing = len(paid_rows(full)) - len(table)
    return f" The {len(table)} largest by spend are shown; the CSV file holds all." if missing > 0 else ""


def in_order(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The rows with their channels in the portfolio file's order."""
    order = {code: i for i, code in enumerate(labels)}
    return table.sort_values("channel", key=lambda c: c.map(order), kind="stable")


def _texts(rows: pd.DataFrame, value: str) -> list[str]:
    columns = [f"{value}_{s}" for s in ("mean", "q05", "q95")]
    return [interval_text(*values) for values in rows[columns].itertuples(index=False)]
