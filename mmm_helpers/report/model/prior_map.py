"""How far the data moved the prior of every effect, by place and channel: the map, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.estimands.identification import CONSTANT, MOSTLY_PRIOR
from mmm_helpers.report.words import count, join, percent

TOTAL, EVERYWHERE = "all", "All regions"
TWIN, DEMAND = "not told apart", "follows demand"
OPEN = {
    MOSTLY_PRIOR: ("is mostly prior", "are mostly prior"),
    TWIN: ("cannot be told apart from another", "cannot be told apart from others"),
    CONSTANT: ("is of spend that never varied", "are of spend that never varied"),
    DEMAND: ("is of spend that follows demand", "are of spend that follows demand"),
}
"""Words of a cell that ran and is not decided → what is said of one such effect, and of several."""
MOST_PLACES = 12
"""Most rows of a map; the table behind it holds all."""
READ = (
    "How much narrower an effect's range (its sd on the log scale) is than before the data, by the market's own "
    "fit. {term}`Mostly prior <mostly prior>`: the data hold less than half of what is known; such a number is "
    "hardly found. *Not told apart*: another channel explains the same as well. *Never varied*: spend did not move, so "
    "the range comes from elsewhere than its own data. *Follows demand*: the data speak, but cannot tell what spend "
    "brought from what demand brought."
)
"""The line below the map."""


def compute_prior_map(
    cells: pd.DataFrame,
    *,
    labels: Mapping[str, str],
    place: str = "region",
    names: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """How far the data moved the prior of each place's effects: `place, channel, moved, words`.

    Parameters
    ----------
    cells : table `identification` of one market (`place` is `region`), or of several, then its rows of region
        `all` (`place` is `market`).
    labels : channel → name, in the portfolio file's order. names : place → name.
    order : places, the most important first; at most `MOST_PLACES` are kept. Default is the order of the table.
        The market's total comes first in any case.

    Returns
    -------
    `moved` is 1 − posterior sd / prior sd of the log effect, 0 at least; missing where the channel never ran.
    `words` is what stands below the number: why the data do not speak about the cell, empty if they do.
    """
    rows = cells if place == "region" else cells[cells["region"] == TOTAL]
    first = [TOTAL, *(order or dict.fromkeys(rows[place]))]
    kept = [p for p in dict.fromkeys(first) if p in set(rows[place])][:MOST_PLACES]
    rows = rows[rows[place].isin(kept)]
    moved = (1 - rows["sd_ratio"]).clip(lower=0.0)
    words = [_cell_words(reason) for reason in rows["reason"]]
    table = pd.DataFrame(
        {"place": rows[place], "channel": rows["channel"], "moved": moved, "words": words}
    ).assign(moved=lambda t: t["moved"].mask(t["words"] == "never ran"))
    ranks = [{c: i for i, c in enumerate(keys)} for keys in (kept, labels)]
    table = table.sort_values(
        ["place", "channel"],
        key=lambda column: column.map(ranks[column.name == "channel"]),
        ignore_index=True,
    )
    shown = {TOTAL: EVERYWHERE} if place == "region" else {}
    return table.assign(
        place=[(names or shown).get(p, p) for p in table["place"]],
        channel=[labels.get(c, c) for c in table["channel"]],
    )


def _cell_words(reason: object) -> str:
    """Why a cell is not identified, short enough for the map; empty if it is."""
    if not isinstance(reason, str):
        return ""
    if reason == FOLLOWS:
        return DEMAND
    return TWIN if reason.startswith("cannot") else reason.removesuffix(" here")


def describe_prior_map(prior_map: pd.DataFrame) -> str:
    """How many cells the data decide, and where they moved the prior most and least, as a sentence."""
    single = prior_map[prior_map["place"] != EVERYWHERE]
    ran = (single if len(single) else prior_map).dropna(subset=["moved"]).sort_values("moved")
    if ran.empty:
        return "No channel ran, so no prior could be moved."
    decided, last = ran[ran["words"] == ""], ran.iloc[0]
    text = f"Of **{count(len(ran), 'effect')}** the data decide **{len(decided)}**; {_describe_open(ran['words'])}."
    if decided.empty:
        return text
    first = decided.iloc[-1]
    text += f" Most was learnt about {_cell_name(first)}: the range is **{percent(first['moved'])}** narrower"
    if len(ran) > 1:
        text += f" than before the data; least about {_cell_name(last)} ({percent(last['moved'])})"
    return text + "."


def _describe_open(words: pd.Series) -> str:
    """How many effects are not decided, by reason."""
    numbers = {why: int((words == why).sum()) for why in OPEN}
    parts = [f"{n} {OPEN[why][n > 1]}" for why, n in numbers.items() if n]
    return join(parts) if parts else "none is open"


def _cell_name(row: pd.Series) -> str:
    return row["channel"] + ("" if row["place"] == EVERYWHERE else f" in {row['place']}")
