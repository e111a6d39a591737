"""Words and tables about holdouts among people: who is moved by a channel, and how well that can be foretold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.report.words import (
    MINUS,
    MISSING,
    chance,
    count,
    interval_text,
    is_missing,
    money_interval,
    percent,
    significant,
)

ALL = "all"
METHODS = {"simple": "difference of means", "t_learner": "T-learner"}
CLEAR = 0.1
"""Groups whose differences have a chance below this are told apart."""
UNFAIR = 0.01
"""A difference between the arms less likely than this, all features together, puts the lot in doubt."""
METHOD = (
    "People were drawn by lot, so what the treated did beyond those left out is the effect; the simple uplift is the "
    "difference of the two means with the sum of their variances (Neyman 1923). The T-learner fits gradient-boosted "
    "trees to each arm and takes the difference (Künzel, Sekhon, Bickel & Yu 2019); each person is predicted by models "
    "that have not seen the person, and group means are corrected by the models' own errors over the chance of the arm "
    "(Robins, Rotnitzky & Zhao 1994; Chernozhukov et al. 2018), so that their ranges hold whatever the models miss. "
    "Differences between groups: Cochran (1954). Qini curve: Radcliffe (2007); coefficient: q0 of Radcliffe & Surry "
    "(2011), with intervals from a bootstrap of the people, the ranking held fixed; what the ranking adds has √2 times "
    "that spread, since folds judge each other's models (Bates, Hastie & Tibshirani 2024)."
)


def points_interval(mean: float, low: float, high: float) -> str:
    """A difference of shares in percentage points, with its interval.

    Examples
    --------
    >>> points_interval(0.0112, 0.0071, 0.0150), points_interval(-0.0014, -0.0086, 0.0058)
    ('+1.1 points (+0.7 to +1.5)', '−0.1 points (−0.9 to +0.6)')
    """
    if is_missing(mean):
        return MISSING
    bounds = "" if is_missing(low) or is_missing(high) else f" ({_points(low)} to {_points(high)})"
    return f"{_points(mean)} points{bounds}"


def _points(value: float) -> str:
    text = f"{abs(100 * value):.1f}"
    return text if text == "0.0" else f"{'+' if value > 0 else MINUS}{text}"


def name_group(region: str, segment: str) -> str:
    """A group as a row of a chart is named.

    Examples
    --------
    >>> name_group("all", "all"), name_group("Ost", "all"), name_group("all", "new"), name_group("Ost", "new")
    ('everybody', 'Ost', 'new', 'Ost · new')
    """
    return " · ".join(name for name in (region, segment) if name != ALL) or "everybody"


def largest_holdout(uplift: pd.DataFrame) -> str | None:
    """The channel whose holdout has most people; None without one."""
    everybody = uplift[(uplift["region"] == ALL) & (uplift["segment"] == ALL)].reset_index(drop=True)
    if everybody.empty:
        return None
    return str(everybody.loc[(everybody["treated"] + everybody["control"]).idxmax(), "channel"])


def rows_of(
    uplift: pd.DataFrame, channel: str, *, outcome: str = "converted", method: str = "simple"
) -> pd.DataFrame:
    """Rows of the table `uplift` of one channel, outcome and method."""
    same = (uplift["channel"] == channel) & (uplift["outcome"] == outcome) & (uplift["method"] == method)
    return uplift[same]


def rows_to_draw(uplift: pd.DataFrame, channel: str) -> pd.DataFrame:
    """Conversions of one channel by the T-learner, or by the difference of means where people are too few."""
    learned = rows_of(uplift, channel, method="t_learner")
    return rows_of(uplift, channel) if learned.empty else learned


def describe_holdout(uplift: pd.DataFrame, channel: str, *, label: str, market: str, currency: str) -> str:
    """The finding: how many people, and what treatment added to conversions and to money, with ranges.

    Parameters
    ----------
    uplift : table of that name. label : the channel's. market : its label. currency : the tables'.
    """
    row = rows_of(uplift, channel).iloc[0]
    value = rows_of(uplift, channel, outcome="value").iloc[0]
    people = int(row["treated"] + row["control"])
    return (
        f"{label}: {int(row['treated']):,} of {people:,} people in {market} were treated, the others left out by lot. "
        f"Of the treated {percent(row['treated_mean'], digits=1)} converted, of the others "
        f"{percent(row['control_mean'], digits=1)}: {points_interval(*_interval(row))}, and "
        f"{money_interval(*_interval(value), currency, sign=True)} for each person."
    )


def _interval(row: Mapping[str, Any]) -> tuple[float, float, float]:
    return tuple(float(row[f"uplift_{s}"]) for s in ("mean", "q05", "q95"))


def describe_groups(uplift: pd.DataFrame, qini: Mapping[str, Any], *, by: str) -> str:
    """Where treatment moved most and least, and whether the groups differ by more than chance.

    Parameters
    ----------
    uplift : rows of one channel, method and outcome converted. qini : row of `uplift_qini`. by : segment or region.
    """
    other = {"segment": "region", "region": "segment"}[by]
    rows = uplift[(uplift[by] != ALL) & (uplift[other] == ALL)].dropna(subset="uplift_mean")
    if len(rows) < 2:
        return f"The holdout has one {by}: there is nothing to compare."
    most, least = (rows.loc[k] for k in (rows["uplift_mean"].idxmax(), rows["uplift_mean"].idxmin()))
    told = (
        f"By {by}: most in {most[by]}, {points_interval(*_interval(most))}, least in {least[by]}, "
        f"{points_interval(*_interval(least))}."
    )
    p_value = qini[f"{by}_p_value"]
    if is_missing(p_value):
        return told
    apart = "they differ" if p_value < CLEAR else "so they cannot be told apart"
    return f"{told} If all {by}s were alike, estimates this different had a chance of {chance(p_value)}: {apart}."


def describe_ranking(curve: pd.DataFrame, qini: Mapping[str, Any], *, share: float = 0.3) -> str:
    """What treating only those ranked highest would bring, against drawing them by lot.

    Parameters
    ----------
    curve : rows of `uplift_curve` of one channel. qini : its row of `uplift_qini`. share : of people treated.
    """
    if curve.empty:
        return "There are too few people in an arm to rank them by their expected uplift."
    at = curve.loc[(curve["share"] - share).abs().idxmin()]
    mean, low, high = (1000 * v for v in _interval(at))
    everybody = 1000 * curve.loc[curve["share"].idxmax(), "uplift_mean"]
    told = "better than drawing by lot" if qini["area_q05"] > 0 else "not told from drawing by lot"
    return (
        f"Treating the {percent(share)} ranked highest brings {interval_text(mean, low, high)} more conversions per "
        f"1,000 people of all; {percent(share)} drawn by lot bring {significant(1000 * at['random'])}, everybody "
        f"{significant(everybody)}. The ranking is {told}{_coefficient(qini)}."
    )


def _coefficient(qini: Mapping[str, Any]) -> str:
    if is_missing(qini["coefficient_mean"]):
        return ""
    return f": Qini coefficient {interval_text(*(qini[f'coefficient_{s}'] for s in ('mean', 'q05', 'q95')))}"


def describe_arm_balance(balance: pd.DataFrame) -> str:
    """Whether the two groups were alike before, as a fair lot leaves them.

    Parameters
    ----------
    balance : rows of `uplift_balance` of one channel.
    """
    known = balance.dropna(subset=["difference_sd", "p_value"])
    if known.empty:
        return (
            "Nothing is known of the people from before the test, so whether the lot was fair cannot be seen."
        )
    worst, widest = known.loc[known["p_value"].idxmin()], known.loc[known["difference_sd"].abs().idxmax()]
    together = min(1.0, float(worst["p_value"]) * len(known))
    said = (
        f"Of {count(len(known), 'feature')} the widest apart is {widest['what']}, by "
        f"{significant(abs(widest['difference_sd']))} sd between people"
    )
    if together < UNFAIR:
        return (
            f"{said}; a difference like that of {worst['what']} had a chance of {chance(together)} by lot. Ask how the "
            "people were drawn before anything here is believed."
        )
    return f"{said}: what a fair lot leaves."


def describe_against_truth(uplift: pd.DataFrame, truth: pd.DataFrame) -> str:
    """How many of the ranges hold the truth, by method; for simulated data.

    Parameters
    ----------
    uplift : rows of one channel and outcome converted. truth : region, segment, uplift.
    """
    known = uplift.merge(truth[["region", "segment", "uplift"]], on=["region", "segment"])
    inside = known["uplift"].between(known["uplift_q05"], known["uplift_q95"])
    parts = [
        f"{int(inside[own.index].sum())} of {len(own)} by the {METHODS[m]}"
        for m, own in known.groupby("method")
    ]
    return f"Groups whose 90 % range holds the truth: {', '.join(parts)}."


def explain_no_holdout() -> str:
    """Why a page has no uplift, and what it would need."""
    return (
        "No holdout among people is declared: whom a channel moves cannot be known from regions and weeks. A file "
        "with a row for each person (a pseudonym, region, segment, treated or left out by lot, converted, value) "
        "would show it."
    )


UPLIFT_TITLES = {
    "region": "Region", "segment": "Segment", "people": "People", "simple": "Difference of means",
    "t_learner": "T-learner", "value": "Value for each person", "truth": "Truth", "marked": "Why with caution",
}  # fmt: skip


def compute_uplift_table(
    uplift: pd.DataFrame, channel: str, *, currency: str, truth: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The table `uplift` as a page shows it: a row for each region and segment, the methods side by side.

    Parameters
    ----------
    truth : region, segment, uplift; without it there is no such column.
    """
    simple = rows_of(uplift, channel)
    keys = ["region", "segment"]
    learned = rows_of(uplift, channel, method="t_learner").set_index(keys)
    value = rows_of(uplift, channel, outcome="value").set_index(keys)
    known = {} if truth is None else truth.set_index(keys)["uplift"].to_dict()
    rows = []
    for row in simple.to_dict("records"):
        key = (row["region"], row["segment"])
        cells = {"region": key[0], "segment": key[1], "people": int(row["treated"] + row["control"])}
        cells |= {"simple": points_interval(*_interval(row))}
        cells |= {
            "t_learner": points_interval(*_interval(learned.loc[key])) if key in learned.index else MISSING
        }
        cells |= {"value": money_interval(*_interval(value.loc[key]), currency, sign=True)}
        cells |= {"truth": points_interval(known.get(key, np.nan), np.nan, np.nan)}
        rows.append(cells | {"marked": row["marked"] if isinstance(row["marked"], str) else ""})
    shown = [name for name in UPLIFT_TITLES if name != "truth" or truth is not None]
    return pd.DataFrame(rows, columns=shown)
