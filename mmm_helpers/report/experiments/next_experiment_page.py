"""Sentences, table and chart about the next experiment: what it is worth, what it costs, what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.axes import Axes

from mmm_helpers.decisions.bias import ANY, CONFOUNDED, OTHER, compute_bias_sd
from mmm_helpers.intervals import interval
from mmm_helpers.ladder.rows import read_rows
from mmm_helpers.ladder.scores import reported
from mmm_helpers.layout import SHIPPED_ROWS
from mmm_helpers.report.style import ACCENT, BASE, TEXT, WARN, money_axis, name_rows, new_axes
from mmm_helpers.report.words import (
    chance,
    count,
    interval_text,
    is_missing,
    join,
    money,
    money_interval,
    percent,
    significant,
)

MOST_BARS = 6
"""Tests in the chart."""
VISIBLE = 0.005
"""Share of the longest bar below which a test is not drawn."""
MOST_ROWS = 12
"""Tests in the table on the page; the CSV file holds all."""
DESIGNS = {"go_dark": "switched off", "heavy_up": "raised"}
BARS = (("value_mean", "value of knowing", ACCENT), ("cost", "cost", BASE), ("net_value", "net", TEXT))
"""Column, name and colour of the bars of one test, from top to bottom."""
KINDS = (
    (CONFOUNDED, "where spend follows a hidden driver"),
    (OTHER, "where it does not"),
    (ANY, "over all"),
)
"""Kinds of simulated cells and how they are named in a sentence."""
NO_DESIGN = "No test was designed for this market, so none can be valued."
METHOD = """\
For each channel the choice is to cut its spend by a fifth, to leave it, or to raise it by a fifth. The total is kept,
as in the plan: what the channel gives up or gets is worth what the market's next unit of money brings on average.
Without a test the choice with the highest expected gain is taken. Every result that a designed test may have is weighed with its
probability under the model, the draws are weighed anew by Bayes' rule after it, and the best choice is made again;
the mean improvement is the expected value of sample information (Raiffa and Schlaifer 1961; computed by regression
over the draws: Strong, Oakley, Brennan and Breeze 2015). From it are taken the fee, what is earned less while the
test runs (media money saved or added counted in), and what is forgone by waiting for its result.

$$ \\mathrm{E}_{x}\\left[ \\max_a \\mathrm{E}\\left( G_a \\mid x \\right) \\right]
- \\max_a \\mathrm{E}\\left( G_a \\right) - \\text{cost} $$

The error of a test's result is that of its design. Effects read off a time series carry an additional sd on the log
scale, measured on simulated worlds with known truth, because a posterior knows nothing of what its model leaves out.
What a test of one channel tells about others is not counted. More on the model: [method](../../method.md).
"""
"""Text of the box "How this was computed"."""


def describe_next_experiment(
    table: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    currency: str,
    unit: str,
    horizon: int,
    margin: float | None,
) -> str:
    """Which test to run next, or that none is worth its cost, in one to three sentences.

    Parameters
    ----------
    table : table `next_experiments`. unit : day, week or month.
    horizon : periods for which decisions count. margin : contribution margin; None if unknown.
    """
    valued = table[table["net_value"].notna()]
    if table.empty or valued.empty:
        return NO_DESIGN if table.empty else f"**No test can be valued.** {table['sentence'].iloc[0]}"
    names = {"labels": labels, "unit": unit}
    money_of = "of profit" if margin else "of outcome (the margin is unknown)"
    good = valued[valued["worth_it"].astype(bool)]
    row = (good if len(good) else valued).iloc[0]
    amounts = (
        f"its result is expected to be worth {money(row['value_mean'], currency)} {money_of} over "
        f"{count(horizon, unit)}, at a cost of {money(row['cost'], currency)}"
    )
    if good.empty:
        text = "**Run none of the designed tests.** The best of them"
        return f"{text} is {name_test(row, **names)}: {amounts}. {row['sentence']}"
    net = money(row["net_value"], currency, sign=True)
    odds = f"The result changes what is done with {chance(row['chance_to_change'])} probability."
    return f"**Next: {name_test(row, **names)}.** {amounts[0].upper()}{amounts[1:]}, **{net}** net. {odds}"


def name_test(row: pd.Series, *, labels: Mapping[str, str], unit: str) -> str:
    """A test in a few words.

    Examples
    --------
    >>> row = pd.Series({"channel": "tv", "regions": "North|South", "design": "go_dark", "duration": 8})
    >>> name_test(row, labels={"tv": "TV"}, unit="week")
    'TV switched off in North and South for 8 weeks'
    """
    how = DESIGNS.get(row["design"], str(row["design"]).replace("_", " "))
    where = join(str(row["regions"]).split("|"))
    return f"{labels.get(row['channel'], row['channel'])} {how} in {where} for {count(int(row['duration']), unit)}"


def describe_doubt(table: pd.DataFrame, bias: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """The bias sd that effects read off a time series carry here, and where it comes from, as sentences.

    Parameters
    ----------
    table : table `next_experiments`. bias : result of `decisions.bias.compute_bias_sd`.
    """
    if table.empty:
        return ""
    by_channel = table.drop_duplicates("channel").groupby("bias_sd", sort=True)["channel"]
    carried = [
        f"{significant(float(sd))} for {join([labels.get(c, c) for c in names])}" if sd > 0
        else f"nothing for {join([labels.get(c, c) for c in names])}"
        for sd, names in by_channel
    ]  # fmt: skip
    kinds = bias.set_index("kind")
    parts = [
        f"{_bias(kinds.loc[kind])} {words} ({count(int(kinds.loc[kind, 'cells']), 'cell')})"
        for kind, words in KINDS
        if kind in kinds.index
    ]
    return (
        f"On top of the posterior's, the log return carries an sd of {join(carried)}. In simulated worlds with known "
        f"truth, untested cells were off by that much beyond what their posterior says: {join(parts)}."
    )


def measured_bias() -> pd.DataFrame:
    """The bias sd by the shipped rows of simulated worlds, as the table was computed with."""
    return compute_bias_sd(reported(read_rows(SHIPPED_ROWS)))


def _bias(row: pd.Series) -> str:
    return interval_text(row["bias_sd"], row["bias_sd_q05"], row["bias_sd_q95"])


def compute_candidate_table(
    table: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str
) -> pd.DataFrame:
    """The candidates as they are shown, best first, at most `MOST_ROWS`.

    Parameters
    ----------
    table : table `next_experiments`.

    Returns
    -------
    Columns test, value (with its range; both text), without_test (multiple of spend), chance_to_change, fee, lost,
    waiting, net_value, sentence.
    """
    rows = table.head(MOST_ROWS).reset_index(drop=True)
    names = [name_test(row, labels=labels, unit=unit) for _, row in rows.iterrows()]
    values = [money_interval(*interval(row, "value"), currency) for _, row in rows.iterrows()]
    columns = ["without_test", "chance_to_change", "fee", "lost", "waiting", "net_value", "sentence"]
    shown = rows[columns]
    shown.insert(0, "test", pd.Series(names, dtype=object))
    shown.insert(3, "value", pd.Series(values, dtype=object))
    return shown


def candidate_formats(currency: str) -> dict[str, Callable[[object], str]]:
    """How the columns of `compute_candidate_table` are written on a page."""
    return {name: lambda v: money(v, currency) for name in ("fee", "lost", "waiting")} | {
        "without_test": say_action,
        "chance_to_change": chance,
        "net_value": lambda v: money(v, currency, sign=True),
    }


def say_action(multiple: float) -> str:
    """What is best without a test, from the multiple of today's spend.

    Examples
    --------
    >>> say_action(0.8), say_action(1.0), say_action(1.2)
    ('cut by 20 %', 'leave', 'raise by 20 %')
    """
    if is_missing(multiple):
        return "–"
    if multiple == 1:
        return "leave"
    return f"{'raise' if multiple > 1 else 'cut'} by {percent(abs(multiple - 1))}"


CANDIDATE_TITLES = {
    "without_test": "Best without it",
    "chance_to_change": "Result changes that",
    "value": "Value of knowing",
    "fee": "Fee",
    "lost": "Earned less meanwhile",
    "waiting": "Waiting",
    "net_value": "Net",
    "sentence": "Verdict",
}
"""Headings of the columns of `compute_candidate_table`."""


def plot_candidates(
    table: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str, ax: Axes | None = None
) -> Axes:
    """Value, cost and net value of the best tests as bars; a net loss is red.

    Parameters
    ----------
    table : table `next_experiments`, best first.
    """
    rows = drawn(table)
    ax = new_axes(height=1.1 + 0.75 * max(len(rows), 1), ax=ax)
    for y, row in enumerate(rows.itertuples()):
        for k, (column, name, color) in enumerate(BARS):
            amount = float(getattr(row, column))
            shade = WARN if column == "net_value" and amount < 0 else color
            place = y + 0.26 * (k - 1)
            ax.barh(place, amount, 0.22, color=shade, label=name if y == 0 else None)
            text = f" {money(amount, currency, sign=column == 'net_value')} "
            ax.text(amount, place, text, va="center", ha="left" if amount >= 0 else "right", fontsize=8)
    name_rows(ax, [_short_name(row, labels, unit) for _, row in rows.iterrows()])
    ax.axvline(0, color=TEXT, linewidth=0.9)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.18)
    money_axis(ax, currency, which="x")
    ax.locator_params(axis="x", nbins=5)
    if len(rows):
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(BARS))
    return ax


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The best tests whose value or cost is large enough to be seen beside the largest."""
    valued = table[table["net_value"].notna()]
    size = valued[["value_mean", "cost"]].abs().max(axis=1)
    return valued[size >= VISIBLE * size.max()].head(MOST_BARS)


def _short_name(row: pd.Series, labels: Mapping[str, str], unit: str) -> str:
    """A test in two or three lines beside its bars."""
    regions = str(row["regions"]).split("|")
    where = join(regions) if len(regions) < 3 else count(len(regions), "region")
    how = DESIGNS.get(row["design"], str(row["design"]).replace("_", " "))
    return f"{labels.get(row['channel'], row['channel'])} {how}\n{where}, {count(int(row['duration']), unit)}"


def describe_candidates(table: pd.DataFrame, *, labels: Mapping[str, str], currency: str, unit: str) -> str:
    """The chart in words, for people who cannot see it."""
    rows = drawn(table)
    parts = [
        f"{name_test(row, labels=labels, unit=unit)}: value {money(row['value_mean'], currency)}, cost "
        f"{money(row['cost'], currency)}, net {money(row['net_value'], currency, sign=True)}"
        for _, row in rows.iterrows()
    ]
    return f"Value, cost and net value of designed tests. {'; '.join(parts)}."


def rows_left_out(table: pd.DataFrame) -> str:
    """The sentence that says how many tests the page's table leaves out; empty if it shows all."""
    if len(table) <= MOST_ROWS:
        return ""
    return f" The {MOST_ROWS} best of {len(table)} tests are shown; the CSV file holds all."
