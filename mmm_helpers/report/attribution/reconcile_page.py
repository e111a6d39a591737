"""Words and tables of the reconciliation: one number per channel, why others differ, the budget that follows."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.attribution.reconcile import (
    CALIBRATED,
    CREDIT,
    EXPERIMENT,
    LAST_CLICK,
    MODEL,
    SOURCES,
    UNIFIED,
)
from mmm_helpers.report.attribution.plots_reconcile import return_text
from mmm_helpers.report.words import (
    count,
    day,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    period,
    ratio,
)

NAMES = {
    LAST_CLICK: "Last click",
    CREDIT: "Credit of journeys (MTA)",
    CALIBRATED: "Calibrated credit",
    MODEL: "Mix model (MMM)",
    EXPERIMENT: "Experiment",
    UNIFIED: "Unified",
}
"""Source → name on the page, in the order in which it is read."""
IN_TEXT = {
    LAST_CLICK: "last click",
    CREDIT: "journeys (MTA)",
    CALIBRATED: "calibrated credit",
    MODEL: "the mix model",
    EXPERIMENT: "the experiment",
    UNIFIED: "the unified number",
}
PATHS = {"credit": "in the factors of credit", "model": "in the mix model", "none": "not used"}
"""Path of a test → where it speaks."""
NO_JOURNEYS = (
    "There are no journeys for this market, so nothing is to be reconciled: the mix model and the experiments stand on "
    "their own pages. Name a file of touchpoints as `journeys` in the portfolio file."
)
WHO_SAYS = (
    "What would be missing without the spend of {period}, for each unit of that money. Last click and credit come from "
    "journeys, and share out every conversion; calibrated credit is what experiments leave of it; the mix model reads "
    "how outcome followed spend; the unified number joins the last two, each experiment counted once."
)
RETURNS_MEAN = (
    "A panel a channel, a row a measurement. The dot is the median, and the line holds the number with 90 % "
    "probability; for the credit of journeys it spans what different models of credit say. A source that cannot see a "
    "channel says *not observed*, never zero."
)
BUDGETS_MEAN = (
    "All budgets spend the same total within the same bounds. Where strokes lie on both sides of zero, the measurement "
    "that one believes decides what is done with the channel."
)
METHOD = """\
Every source is brought to the same channel, the same dates and the same question: what would be missing without the
channel's spend. Credit of journeys is multiplied by a factor that lift tests give: lift ~ Normal(factor × credit,
error of the test), the factors hierarchical over channels, transferred ones widened by how badly left-out tests were
predicted. Calibrated credit is then a prior of the mix model: its draws are reweighted by the joint density of the
calibrated returns (importance sampling with a smoothed tail, {cite:p}`vehtari2024pareto`). **A test has one path**:
what calibrates credit is taken out of the model's likelihood, so that it never speaks twice. A channel that journeys
cannot see has no such prior, and its number is the mix model's.

Each source's budget spends the same total within the same bounds, on response curves of the model's shape that are
scaled to the source's returns. More: [method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def describe_reconciliation(table: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Where measurements disagree most, and what the unified number says there, in one or two sentences.

    Parameters
    ----------
    table : table `reconciliation`.
    """
    if table.empty:
        return NO_JOURNEYS
    wide = table.pivot(index="channel", columns="source", values="roas_q50")
    both = wide[[LAST_CLICK, UNIFIED]].dropna() if {LAST_CLICK, UNIFIED} <= set(wide) else wide.head(0)
    both = both[(both > 0).all(axis=1)]
    hidden = [labels.get(c, c) for c in wide.index if c not in both.index]
    if both.empty:
        return "No channel is seen by both journeys and the mix model."
    times = both[LAST_CLICK] / both[UNIFIED]
    over, under = times.idxmax(), times.idxmin()
    text = f"{_claims(table, over, times[over], labels)}"
    if times[under] < 1 and under != over:
        text += f" {_claims(table, under, times[under], labels)}"
    return text + (f" Journeys cannot see {join(hidden)}." if hidden else "")


def _claims(table: pd.DataFrame, channel: str, times: float, labels: Mapping[str, str]) -> str:
    rows = table[table["channel"] == channel].set_index("source")
    unified = rows.loc[UNIFIED]
    said = interval_text(unified["roas_q50"], unified["roas_q05"], unified["roas_q95"])
    how = f"**{ratio(times)} times** what" if times >= 1 else f"only **{percent(times)}** of what"
    return (
        f"Last click gives {labels.get(channel, channel)} {how} the unified number says: "
        f"{ratio(rows.loc[LAST_CLICK, 'roas_q50'])} for each unit of money, against {said}."
    )


def describe_chart(table: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """The returns in words, for people who cannot see the chart."""
    rows = table[table["source"] == UNIFIED]
    parts = [
        f"{labels.get(r.channel, r.channel)} {interval_text(r.roas_q50, r.roas_q05, r.roas_q95)}"
        for r in rows.itertuples()
        if not is_missing(r.roas_q50)
    ]
    return f"Returns by measurement, one panel a channel. The unified numbers: {'; '.join(parts)}."


def describe_period(table: pd.DataFrame) -> str:
    """The dates that all numbers are about."""
    return period(table["period_start"].min(), table["period_end"].max())


def compute_source_table(table: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """One row per channel and source: return, incremental money and the reason, as text.

    Parameters
    ----------
    table : table `reconciliation`.
    """
    rows = []
    for row in table.to_dict("records"):
        known = not is_missing(row["incremental_q50"])
        amount = [row[f"incremental_{s}"] for s in ("q50", "q05", "q95")]
        spread = row["roas_q05"] != row["roas_q95"]
        rows.append(
            {
                "Channel": labels.get(row["channel"], row["channel"]),
                "Measured by": NAMES[row["source"]],
                "Return": return_text(row),
                "Incremental": ""
                if not known
                else money_interval(*amount, currency)
                if spread
                else money(amount[0], currency),
                "Why": row["reason"],
            }
        )
    return pd.DataFrame(rows, columns=["Channel", "Measured by", "Return", "Incremental", "Why"])


def describe_reasons(table: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """For each channel the unified number, and why the source farthest from it differs, as a list (MyST)."""
    lines = []
    for channel, own in table.groupby("channel", sort=False):
        rows = own.set_index("source")
        if UNIFIED not in rows.index or is_missing(rows.loc[UNIFIED, "roas_q50"]):
            continue
        unified = rows.loc[UNIFIED]
        text = (
            f"**{labels.get(channel, channel)}**: "
            f"{interval_text(unified['roas_q50'], unified['roas_q05'], unified['roas_q95'])} for each unit of money."
        )
        others = rows.drop(UNIFIED)["roas_q50"].dropna()
        if len(others):
            farthest = (others - unified["roas_q50"]).abs().idxmax()
            text += f" Farthest from it: {IN_TEXT[farthest]} ({ratio(others[farthest])})."
            text += f" {rows.loc[farthest, 'reason']}"
        lines.append(text)
    return "\n".join(f"- {line}" for line in lines)


def describe_budgets(table: pd.DataFrame, *, labels: Mapping[str, str], currency: str, span: str) -> str:
    """The one unified budget as a sentence, and which sources would have moved money the other way."""
    rows = table[(table["source"] == UNIFIED) & table["recommended"].notna()].set_index("channel")
    if rows.empty:
        return "No budget follows: the market has no recommendation, and without one no source's budget is shown."
    change = (rows["recommended"] - rows["current"]).sort_values()
    total = float(rows["current"].sum())
    moved = float(change.clip(lower=0).sum())
    if moved < 0.005 * total:
        return f"**The unified budget is today's.** Of {money(total, currency)} over {span} nothing is to be moved."
    down, up = change[change < 0].index[:2], change[change > 0].index[::-1][:2]
    give, take = (join([labels.get(c, c) for c in names]) for names in (down, up))
    text = f"**Unified: move {money(moved, currency)} over {span}, mostly from {give} to {take}.**"
    contrary = _contrary(table, [*down, *up])
    return f"{text} {contrary}" if contrary else text


def _contrary(table: pd.DataFrame, channels: list[str]) -> str:
    """Sources that would move a channel the other way than the unified budget."""
    moves = table.assign(change=table["recommended"] / table["current"] - 1).pivot(
        index="channel", columns="source", values="change"
    )
    against = [
        IN_TEXT[source]
        for source in SOURCES
        if source != UNIFIED
        and source in moves
        and any(moves.loc[c, source] * moves.loc[c, UNIFIED] < -1e-4 for c in channels)
    ]
    return f"On some of these {join(against)} would have done the opposite." if against else ""


def compute_unified_budget(table: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """The unified budget by channel beside what the other sources would spend, as text; no rows without a plan."""
    wide = table.pivot(index="channel", columns="source", values="recommended")
    rows = table[(table["source"] == UNIFIED) & table["recommended"].notna()]
    return pd.DataFrame(
        [
            {
                "Channel": labels.get(r.channel, r.channel),
                "Today": money(r.current, currency),
                "Unified budget": money(r.recommended, currency),
                "Change": percent(r.recommended / r.current - 1, sign=True),
            }
            | {
                NAMES[s]: money(wide.loc[r.channel, s], currency)
                for s in SOURCES
                if s in wide and s != UNIFIED
            }
            for r in rows.itertuples()
        ]
    )


def describe_factors(factors: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """How far platforms' claims are from what is incremental, at the extremes, as a sentence."""
    if factors.empty:
        return "No platform reports conversions for this market."
    least, most = (factors.loc[i] for i in (factors["factor_mean"].idxmin(), factors["factor_mean"].idxmax()))
    parts = [
        f"{labels.get(r['channel'], r['channel'])} **{percent(r['factor_mean'])}** ({percent(r['factor_q05'])} to "
        f"{percent(r['factor_q95'])})"
        for r in ([least] if least.name == most.name else [least, most])
    ]
    ends = pd.to_datetime(factors["valid_until"])
    until = (
        day(ends.min()) if ends.nunique() == 1 else f"the day in the table, {day(ends.min())} for the first,"
    )
    return (
        f"Of what platforms claim, this much is incremental: {' and '.join(parts)}"
        f"{' at the ends' if len(parts) == 2 else ''}. Use each factor until {until} at the latest."
    )


def compute_factor_table(factors: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """Claim, what of it is incremental, factor, end of validity and the target for the platform, as text."""
    return pd.DataFrame(
        [
            {
                "Channel": labels.get(r.channel, r.channel),
                "Platform reports": money(r.platform_reported, currency),
                "Incremental": money_interval(
                    r.incremental_mean, r.incremental_q05, r.incremental_q95, currency
                ),
                "Factor": interval_text(r.factor_mean, r.factor_q05, r.factor_q95),
                "Valid until": day(pd.Timestamp(r.valid_until)),
                "Target for the platform": interval_text(
                    r.platform_target, r.platform_target_q05, r.platform_target_q95
                ),
            }
            for r in factors.itertuples()
        ]
    )


FACTORS_MEAN = (
    "Factor: incremental outcome over what the platform claims for the same weeks. Target: the return that the "
    "platform has to report so that the next unit of money still pays for itself, at the assumed margin. Both hold "
    "only as long as the platform counts as it does now."
)


def describe_paths(tests: pd.DataFrame) -> str:
    """How many tests take which path, as a sentence: none takes two."""
    if tests.empty:
        return "No experiment was run, so no factor is the channel's own, and all are wide."
    counts = tests["path"].value_counts()
    parts = [f"{counts[path]} {words}" for path, words in PATHS.items() if path in counts]
    verb = "speaks" if len(tests) == 1 else "speak"
    return f"Where {count(len(tests), 'experiment')} {verb}: {join(parts)}. No test is counted twice."


def compute_path_table(tests: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """One row per experiment: its channel, the one path it takes, and why, as text."""
    return pd.DataFrame(
        [
            {
                "Experiment": r.experiment,
                "Channel": labels.get(r.channel, r.channel),
                "Path": PATHS[r.path],
                "Why": r.reason if isinstance(r.reason, str) else "",
            }
            for r in tests.itertuples()
        ]
    )
