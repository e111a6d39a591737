"""Sentences and table of the section about when to spend within the horizon."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.report.words import is_missing, join, money, money_interval, percent

NOTABLE = 0.005
"""A course is worth a sentence if it is expected to bring this share of the channel's spend more than even spending."""
BURST = 0.25
"""Spend below this share of even spending counts as a pause."""
WIDELY = 0.1
"""Spend this much off even spending is more than rounding."""
ONE_STRENGTH = (
    "The model knows one strength of each channel for all seasons, so it cannot say that money works better in "
    "December than in May: when to spend is here about carry-over and saturation alone."
)
LAST_STRENGTH = (
    "The model lets strengths change over time but carries the last one into the coming periods, so the season "
    "plays no part: when to spend is here about carry-over and saturation alone."
)
METHOD = """
When to spend: each channel's total is spread over the periods so that the mean of at most 100 of the draws is highest,
by sequential quadratic programming from many starts and by moves between pairs of periods; no period gets more than the
95 % quantile of what was seen. Saturation acts on what is carried over in each period. What was spent before still
works, and what works on after the horizon counts beside spend that goes on evenly. Draws that did not choose report the
gain over even spending.
"""
PACING_COLUMNS = {
    "channel": "Channel",
    "even": "Evenly",
    "lowest": "Least",
    "highest": "Most",
    "most_seen": "Most seen",
}


def by_channel(pacing: pd.DataFrame) -> pd.DataFrame:
    """One row per channel, the largest gain first: gain, its share of spend, and how far the course is off even.

    Parameters
    ----------
    pacing : table `budget_pacing`.
    """
    grouped = pacing.groupby("channel", sort=False)
    found = grouped[["even", "most_seen", "gain_mean", "gain_q05", "gain_q95"]].first()
    found = found.assign(
        lowest=grouped["paced"].min(), highest=grouped["paced"].max(), total=grouped["even"].sum()
    )
    found["share"] = found["gain_mean"] / found["total"]
    return found.sort_values("gain_mean", ascending=False).reset_index()


def notable(pacing: pd.DataFrame) -> list[str]:
    """Channels whose course is expected to bring notably more than even spending, the largest gain first."""
    found = by_channel(pacing)
    return found.loc[found["share"] >= NOTABLE, "channel"].tolist()


def describe_pacing(pacing: pd.DataFrame, *, labels: Mapping[str, str], currency: str, span: str) -> str:
    """Whether to spend evenly, and where not, how else and what it brings, as sentences.

    Parameters
    ----------
    pacing : table `budget_pacing` with rows. span : what the plan covers, in words.
    """
    channels = notable(pacing)
    if not channels:
        return (
            f"**Spend each channel's budget evenly** over {span}: no other course is expected to add more than "
            f"{percent(NOTABLE, digits=1)} of what is spent."
        )
    rows = by_channel(pacing).set_index("channel").loc[channels]
    parts = [
        f"{labels.get(c, c)} {shape(pacing[pacing['channel'] == c])} "
        f"({money_interval(row.gain_mean, row.gain_q05, row.gain_q95, currency, sign=True)})"
        for c, row in zip(channels, rows.itertuples(), strict=True)
    ]
    rest = pacing["channel"].nunique() > len(channels)
    head = "**Spend evenly, except** for" if rest else "**Do not spend evenly:**"
    return f"{head} {join(parts)}; in brackets what that brings over {span} beyond even spending, with its 90 % range."


def shape(course: pd.DataFrame) -> str:
    """A channel's course in a few words.

    Parameters
    ----------
    course : rows of one channel, `paced` and `even`, in order of time.

    Examples
    --------
    >>> shape(pd.DataFrame({"paced": [2.0, 0.0, 2.0, 0.0], "even": 1.0}))
    'in bursts'
    """
    ratio = (course["paced"] / course["even"]).to_numpy()
    if (ratio < BURST).mean() >= BURST:
        return "in bursts"
    first = ratio[: max(1, len(ratio) // 6)].mean()
    if abs(first - 1) >= WIDELY:
        return "with less at first, because earlier spend still works" if first < 1 else "with more at first"
    last = ratio[-max(1, len(ratio) // 6) :].mean()
    if abs(last - 1) >= WIDELY:
        return "with more at the end" if last > 1 else "with less at the end"
    return "nearly evenly"


def explain_season(model: Mapping[str, object]) -> str:
    """What the season means for the course.

    Parameters
    ----------
    model : section `model` of the specification.
    """
    return LAST_STRENGTH if model.get("varying_media") else ONE_STRENGTH


def describe_chart(pacing: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """The chart as a sentence, for people who cannot see it."""
    parts = [
        f"{labels.get(row.channel, row.channel)} between {money(row.lowest, currency)} and "
        f"{money(row.highest, currency)}, evenly {money(row.even, currency)}"
        for row in by_channel(pacing).itertuples()
    ]
    return f"Spend per period: {join(parts)}."


def compute_pacing_table(pacing: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> pd.DataFrame:
    """One row per channel: even, least and most spend per period, the most that was seen, and the gain."""
    rows = by_channel(pacing)
    gain = [
        ""
        if is_missing(r.gain_mean)
        else money_interval(r.gain_mean, r.gain_q05, r.gain_q95, currency, sign=True)
        for r in rows.itertuples()
    ]
    shown = rows.assign(channel=[labels.get(c, c) for c in rows["channel"]], gain=gain)
    return shown[[*PACING_COLUMNS, "gain"]]


def pacing_titles() -> dict[str, str]:
    """Column → heading."""
    return PACING_COLUMNS | {"gain": "Gain over even spending"}


def pacing_formats(currency: str) -> dict[str, object]:
    """Column → how its values are written."""
    return {name: lambda v: money(v, currency) for name in ("even", "lowest", "highest", "most_seen")}
