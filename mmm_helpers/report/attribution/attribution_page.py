"""Words and tables about credit: who gets it by which model, what last click over- and under-credits, the map."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmm_helpers.attribution.journeys import Journeys
from mmm_helpers.attribution.models import CREDIT_COLUMNS, LAST_CLICK, MODELS, compute_credits
from mmm_helpers.attribution.windows import WINDOWS
from mmm_helpers.report.words import (
    count,
    is_missing,
    join,
    money,
    percent,
    percent_interval,
    period,
    significant,
)

NO_JOURNEYS = (
    "There are no journeys for this market. Attribution needs a file of touchpoints, `journeys` in the portfolio file: "
    "who (a pseudonym), when, which channel, and whether they bought. The mix model needs none."
)
METHOD = """\
Rules hand out each conversion by the place of its touches. Removal effects fit a Markov chain to all journeys, solve
it exactly, and ask how many conversions would be lost if every step to a channel led nowhere
{cite:p}`anderl2016mapping`. The Shapley value divides a conversion among the channels that a person met; over sets it
has a closed form, the same for every channel met {cite:p}`zhao2018shapley`. With a baseline it is computed from a
linear model of how much more often people convert who met a channel, and what would have come anyway belongs to nobody.

The range of a share spans all models and windows of 7, 14 and 30 days: that is what is uncertain about credit.
Sampling error is given beside it and is tiny. **No model of credit knows what would have happened without a touch**:
all of them but the one with a baseline hand out every conversion, also those that would have come anyway. What of it
is incremental takes experiments; see the page "One number for each channel".
"""
"""Text of the box "How this was computed"."""
CREDITS_MEAN = (
    "A row a channel, a stroke a model, the dot is last click; the grey bar spans all models. Long bars are channels "
    "whose credit is a matter of the rule."
)
MAP_MEAN = (
    "The last touches of those who bought, from left to right; the height of a block is its share of all conversions, "
    "the bands say where people came from. Columns on the left are shorter: some journeys began later."
)
BASELINE = "worth"
"""The model that leaves to nobody what would have come anyway."""
CLOSE = 0.05
"""Share of last click's own credit within which the other models count as agreeing."""


def credits_of(attribution: pd.DataFrame, journeys: Journeys) -> pd.DataFrame:
    """Every model's credit in the reporting currency; computed anew where the table has none (paths without dates).

    Parameters
    ----------
    attribution : table `attribution`.
    """
    rows = attribution[attribution["model"].isin(list(MODELS)) & attribution["credit"].notna()]
    return rows[CREDIT_COLUMNS] if len(rows) else compute_credits(journeys)


def name_channels(labels: Mapping[str, str], journeys: Journeys | None) -> dict[str, str]:
    """Channel → name, also for those that journeys alone know."""
    own = {
        c: c.replace("_", " ").capitalize()
        for c in (journeys.channels if journeys else ())
        if c not in labels
    }
    return dict(labels) | own


def find_unseen(channels: Collection[str], credits: pd.DataFrame) -> list[str]:
    """The market's channels that journeys hold no touch of."""
    return [c for c in channels if c not in set(credits["channel"])]


def describe_credits(credits: pd.DataFrame, by_window: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Whom last click credits most, what the other models make of it, and where models disagree most."""
    last = credits[credits["model"] == LAST_CLICK].set_index("channel")["share"]
    spans = spans_of(by_window)
    top = last.idxmax()
    widest = (spans["high"] - spans["low"]).idxmax()
    text = (
        f"Last click gives **{labels.get(top, top)}** the most, **{percent(last[top])}** of all credit; over "
        f"{len(MODELS)} models and {len(WINDOWS)} windows it is {_span(spans.loc[top])}."
    )
    if widest != top:
        text += f" Models disagree most about {labels.get(widest, widest)}: {_span(spans.loc[widest])}."
    return text


def spans_of(by_window: pd.DataFrame) -> pd.DataFrame:
    """Least and most of each channel's share over models and windows: columns low, high."""
    return by_window.groupby("channel")["share"].agg(low="min", high="max")


def _span(row: Mapping[str, float]) -> str:
    return f"{percent(row['low'])} to {percent(row['high'])}"


def compute_credit_table(
    credits: pd.DataFrame, by_window: pd.DataFrame, errors: Mapping[str, float], *, labels: Mapping[str, str]
) -> pd.DataFrame:
    """A row per channel: its share by every model, over all models and windows, and the sampling error, as text.

    Parameters
    ----------
    errors : channel → sd of its share by the linear rule over samples of people.
    """
    wide = credits.pivot(index="channel", columns="model", values="share")
    models = [m for m in MODELS if m in wide]
    spans = spans_of(by_window)
    rows = []
    for channel in wide[LAST_CLICK].sort_values(ascending=False).index:
        row = {"Channel": labels.get(channel, channel)}
        row |= {MODELS[m].label: percent(wide.loc[channel, m]) for m in models}
        row["All models and windows"] = _span(spans.loc[channel])
        row["Sampling error only"] = f"± {percent(1.645 * errors.get(channel, float('nan')), digits=1)}"
        rows.append(row)
    return pd.DataFrame(rows)


def compare_last_click(credits: pd.DataFrame) -> pd.DataFrame:
    """Last click beside the other models, in money.

    Returns
    -------
    channel, last (money), middle (median of the other models), low, high (their least and most), difference (last −
    middle), verdict: `over` where last click lies above all others, `under` below all, else `within`. The model with a
    baseline, which hands out less to everybody, is not among the others.
    """
    wide = credits[credits["model"] != BASELINE].pivot(
        index="channel", columns="model", values="credit_value"
    )
    others = wide.drop(columns=LAST_CLICK)
    found = pd.DataFrame(
        {
            "channel": wide.index,
            "last": wide[LAST_CLICK].to_numpy(),
            "middle": others.median(axis=1).to_numpy(),
            "low": others.min(axis=1).to_numpy(),
            "high": others.max(axis=1).to_numpy(),
        }
    )
    found["difference"] = found["last"] - found["middle"]
    slack = CLOSE * found["last"].abs()
    above, below = found["last"] > found["high"] + slack, found["last"] < found["low"] - slack
    found["verdict"] = np.select([above, below], ["over", "under"], default="within")
    return found.sort_values("difference", ascending=False, ignore_index=True)


def describe_last_click(compared: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """Which channels last click credits with more, and with less, than every other model does, in money.

    Parameters
    ----------
    compared : result of `compare_last_click`.
    """
    parts = [
        f"{words} {join([_in_money(r, labels, currency) for r in rows.itertuples()])}"
        for words, rows in (
            ("**more** than any other model", compared[compared["verdict"] == "over"]),
            ("**less** than any other model", compared[compared["verdict"] == "under"][::-1]),
        )
        if len(rows)
    ]
    if not parts:
        return "Last click lies within the other models for every channel."
    return f"Last click credits {', and '.join(parts)}."


def _in_money(row: object, labels: Mapping[str, str], currency: str) -> str:
    name = labels.get(row.channel, row.channel)
    return f"{name} ({money(row.difference, currency, sign=True)} against their median)"


def compute_assist_table(assists: pd.DataFrame, *, labels: Mapping[str, str]) -> pd.DataFrame:
    """How often each channel closed and how often it only helped, as text, the helpers first."""
    rows = assists.sort_values("assist_ratio", ascending=False, na_position="first")
    return pd.DataFrame(
        [
            {
                "Channel": labels.get(r.channel, r.channel),
                "Last before a conversion": f"{r.last:,.0f}",
                "Only helped": f"{r.assisted:,.0f}",
                "Helped per close": significant(r.assist_ratio)
                if not is_missing(r.assist_ratio)
                else "never closes",
                "In journeys of buyers": percent(r.met),
                "Earns first / between / last": " / ".join(
                    percent(v) for v in (r.first, r.between, r.closing)
                ),
            }
            for r in rows.itertuples()
        ]
    )


def describe_assists(assists: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """Which channel helps most and which closes most, for each of its closes, as a sentence."""
    known = assists[assists["assist_ratio"].notna()]
    if len(known) < 2:
        return "Too few channels close journeys to compare who helps and who closes."
    most, least = (known.loc[i] for i in (known["assist_ratio"].idxmax(), known["assist_ratio"].idxmin()))
    names = [labels.get(row["channel"], row["channel"]) for row in (most, least)]
    return (
        f"**{names[0]}** helps **{significant(most['assist_ratio'])}** times for each time it closes, "
        f"{names[1]} {significant(least['assist_ratio'])} times."
    )


def describe_journeys(quality: Mapping[str, Any]) -> str:
    """How many journeys there are, from when, how many identities were joined, and what they stand for, as sentences.

    Parameters
    ----------
    quality : the row of table `journey_quality`.
    """
    when = (
        ""
        if pd.isna(quality["period_start"])
        else f", {period(quality['period_start'], quality['period_end'])}"
    )
    text = (
        f"{quality['journeys']:,.0f} journeys with {quality['touches']:,.0f} touches and "
        f"{quality['conversions']:,.0f} conversions{when}."
    )
    if not is_missing(quality["matched_share"]):
        text += (
            f" {percent(quality['matched_share'])} of {quality['identities']:,.0f} identities could be joined to a "
            "person; whoever has two that nobody joined counts as two people, and a touch without consent stands alone."
        )
    if not pd.isna(quality["period_start"]):
        text += " These people stand for all: credit divides the market's whole outcome on these dates."
    return text


def describe_map(steps: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """The commonest last step of those who bought, as a sentence."""
    last = steps[steps["step"] == 1]
    if last.empty:
        return "Too few people bought by any one way to draw it."
    row = last.loc[last["share"].idxmax()]
    came = labels.get(row["source"], row["source"])
    return (
        f"The commonest last step: from **{came}** to **{labels.get(row['target'], row['target'])}**, "
        f"{percent(row['share'])} of all conversions. {count(len(last), 'way', 'ways')} of the last step were gone "
        "often enough to be shown."
    )


def describe_unseen(hidden: Sequence[str], *, labels: Mapping[str, str]) -> str:
    """The channels that journeys cannot see, as a sentence; empty if there are none."""
    if not hidden:
        return ""
    names = join([labels.get(c, c) for c in hidden])
    return f"**Not observed: {names}.** Journeys hold no touch there, which is not the same as no effect."


def describe_incremental(attribution: pd.DataFrame, *, labels: Mapping[str, str], currency: str) -> str:
    """How much of all credit experiments leave as incremental, as a sentence; empty where nothing was calibrated.

    Parameters
    ----------
    attribution : table `attribution`; the rows of model `calibrated` join all models.
    """
    rows = attribution[(attribution["model"] == "calibrated") & attribution["calibrated_mean"].notna()]
    if rows.empty:
        return ""
    best = rows.loc[rows["calibrated_mean"].idxmax()]
    paid = attribution[(attribution["model"] == LAST_CLICK) & attribution["channel"].isin(rows["channel"])]
    share = rows["calibrated_mean"].sum() / paid["credit_value"].sum()
    amount = [best[f"calibrated_{s}"] for s in ("mean", "q05", "q95")]
    return (
        f"Calibrated by experiments, **{percent(share)}** of what last click gives to paid channels is incremental. "
        f"The most by {labels.get(best['channel'], best['channel'])}: {money(amount[0], currency)} "
        f"({money(amount[1], currency)} to {money(amount[2], currency)})."
    )


LOSS_MODEL = "linear"
"""The model of credit by which the page shows what lost identities do."""
LOSS_MEANS = (
    "A row a channel, by linear credit. The blue dot is its share as recorded; each stroke is its share if another "
    "tenth of the steps between two touches no longer led back to the same person, up to the grey dot. A journey that "
    "breaks keeps its last part only, so that what stands early loses, whatever it brought. Last click never moves, "
    "which does not make it right."
)


def describe_loss(loss: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """How far credit moves as identities are lost, as a sentence.

    Parameters
    ----------
    loss : table `identity_loss`.
    """
    worst = loss["rate"].max()
    own = loss[(loss["model"] == LOSS_MODEL) & (loss["rate"] == worst)].set_index("channel")
    before = own["share"] - own["change"]
    down, up = own["change"].idxmin(), own["change"].idxmax()
    parts = [
        f"{labels.get(c, c)} from **{percent(before[c])}** to **{percent(own.loc[c, 'share'])}**"
        for c in (down, up)
    ]
    return (
        f"Were {percent(worst)} of the steps between touches lost, for want of consent or a cookie, linear credit "
        f"would take {parts[0]} and {parts[1]}, with not one purchase changed."
    )


def describe_truth(scores: pd.DataFrame) -> str:
    """How far each kind of credit is from the simulated truth, as a sentence.

    Parameters
    ----------
    scores : `model, error` (mean absolute error of shares), the calibrated one under `calibrated`.
    """
    raw = scores[scores["model"] != "calibrated"]
    own = scores[scores["model"] == "calibrated"]["error"]
    off = percent_interval(raw["error"].median(), raw["error"].min(), raw["error"].max())
    text = f"Against the simulated truth the shares of all {len(raw)} models are off by {off} on average"
    return (
        f"{text}; calibrated by experiments by **{percent(float(own.iloc[0]))}**." if len(own) else f"{text}."
    )
