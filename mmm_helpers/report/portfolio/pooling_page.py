"""What markets share, in words: how far markets differ, how much that assumption matters, and the rule not followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmm_helpers.intervals import interval
from mmm_helpers.report.returns import returned
from mmm_helpers.report.words import MISSING, count, is_missing, money, percent, percent_interval

FEW = 6
"""With so many markets or fewer the data say little about how far markets differ, and the prior matters."""
ALIKE = 1.15
"""Two markets whose volumes differ by less than this factor sell nearly the same."""

LAMBDA_MEANS = (
    "Near 100 %: the data do not tell the units apart, so each is put at their common mean; near 0 %: each unit's own "
    "data decide where it lies. Between markets it is about markets, to the right about the regions of one market; a "
    "dash: the channel runs in one place only or is bought for all regions at once. *Differ by*: typical distance of "
    "a market's return from the mean."
)
"""How to read the table of lambdas."""
THRESHOLD_MEANS = (
    "Hollow: the market's own model. Arrows lead to what would be shown. Left: at the threshold a market goes all the "
    "way to the common return (dotted) or not at all, and a little more volume switches it. Right, as on all pages: "
    "each goes the further the weaker its own data. Shown for the channel in which it makes most difference."
)
"""How to read the chart of the hard rule."""


def market_lambda(pooling: pd.DataFrame) -> pd.DataFrame:
    """Rows of `pooling_by_channel` about the level of markets, those told apart best first."""
    return pooling[pooling["level"] == "market"].sort_values("lambda", ignore_index=True)


def describe_lambda(pooling: pd.DataFrame, *, labels: Mapping[str, str]) -> str:
    """In which channel markets' own data tell them apart best and least, and how far markets differ.

    Parameters
    ----------
    pooling : table `pooling_by_channel`.
    """
    rows = market_lambda(pooling)
    if rows.empty:
        return "Markets are not partially pooled here, so there is nothing to weigh between them."
    first, last = rows.iloc[0], rows.iloc[-1]
    name = labels.get(first["channel"], first["channel"])
    text = (
        f"Where a market lies among the others is known best for **{name}**: **{percent(first['lambda'])}** "
    )
    text += "of it comes from their common mean (lambda)"
    if len(rows) > 1:
        name = labels.get(last["channel"], last["channel"])
        text += f", and least for {name} ({percent(last['lambda'])})"
    return f"{text}."


def _spread(row: pd.Series) -> str:
    return percent_interval(*np.expm1(interval(row, "sd")))


def compute_lambda_table(
    pooling: pd.DataFrame, *, labels: Mapping[str, str], places: Mapping[str, str]
) -> pd.DataFrame:
    """Lambda of each channel between markets, and between the regions of each market that has several.

    Returns
    -------
    Columns channel (name), `Between markets`, `Differ by` (text), then a column per market with regions.
    """
    wide = pooling.pivot(index="channel", columns="market", values="lambda")
    sds = pooling[pooling["level"] == "market"].set_index("channel")
    rows = []
    for channel in (c for c in labels if c in wide.index):
        known = channel in sds.index
        row = {"channel": labels[channel]}
        row["Between markets"] = sds.loc[channel, "lambda"] if known else np.nan
        row["Differ by"] = _spread(sds.loc[channel]) if known else MISSING
        regions = {name: wide.loc[channel, code] for code, name in places.items() if code in wide}
        rows.append(row | {f"Regions of {name}": value for name, value in regions.items()})
    return pd.DataFrame(rows)


def share_or_dash(value: float) -> str:
    """A lambda as a percentage; a dash where there is no such level."""
    return MISSING if is_missing(value) else percent(value)


def compute_tau_shifts(tau: pd.DataFrame) -> pd.DataFrame:
    """How far each return moves under half and twice the prior of how far markets differ.

    Parameters
    ----------
    tau : table `tau_sensitivity`.

    Returns
    -------
    One row per market and channel: market, channel, default, half, double (means), moved (the larger move, in widths
    of the default's 90 % range).
    """
    wide = tau.pivot(index=["market", "channel"], columns="tau_prior", values="return_mean")
    default = tau[tau["tau_prior"] == "default"].set_index(["market", "channel"])
    width = default["return_q95"] - default["return_q05"]
    moves = wide[["half", "double"]].sub(wide["default"], axis=0).div(width, axis=0)
    return wide.assign(moved=moves.abs().max(axis=1)).reset_index()


def count_flips(shifts: pd.DataFrame, break_even: float) -> pd.DataFrame:
    """Rows of `compute_tau_shifts` whose mean return lies on another side of break-even under another prior."""
    above = shifts[["half", "default", "double"]] > break_even
    return shifts[above.any(axis=1) & ~above.all(axis=1)]


def describe_tau(
    tau: pd.DataFrame, *, labels: Mapping[str, str], places: Mapping[str, str], break_even: float | None
) -> str:
    """How far returns move under other priors, and whether a channel changes side of break-even, as sentences."""
    if tau.empty:
        return "Markets are not partially pooled here, so nothing is assumed about how far they differ."
    shifts = compute_tau_shifts(tau)
    top = shifts.loc[shifts["moved"].idxmax()]
    text = (
        f"Had we expected markets to differ half or twice as much, a return would move by "
        f"**{percent(shifts['moved'].median())} of its range's width** typically and by "
        f"{percent(top['moved'])} at most ({_cell_name(top, labels, places)})"
    )
    if break_even is None:
        return f"{text}. Without a margin there is no break-even to cross."
    flips = count_flips(shifts, break_even)
    if flips.empty:
        return f"{text}; **none of {count(len(shifts), 'return')}** changes side of break-even."
    names = "; ".join(_cell_name(row, labels, places) for _, row in flips.head(3).iterrows())
    more = f" and {len(flips) - 3} more" if len(flips) > 3 else ""
    return f"{text}; **{len(flips)} of {count(len(shifts), 'return')}** would change side of break-even: {names}{more}."


def _cell_name(row: pd.Series, labels: Mapping[str, str], places: Mapping[str, str]) -> str:
    return f"{labels.get(row['channel'], row['channel'])} in {places.get(row['market'], row['market'])}"


def explain_tau(tau: pd.DataFrame, *, markets: int) -> str:
    """What the data make of each prior, and why it is looked at, as sentences.

    Parameters
    ----------
    markets : how many share.
    """
    rows = tau.drop_duplicates("tau_prior").set_index("tau_prior")
    sds = {prior: _percent_apart(rows.loc[prior]) for prior in ("half", "default", "double")}
    why = "few enough for this prior to matter" if markets <= FEW else "many enough to say so themselves"
    return (
        "Dot and line: the return at mean spend and its 90 % range; ▼ if markets were expected to differ half as "
        f"much, ▲ twice as much. By default a return lies {sds['default']} from the mean of its channel (on average, "
        f"with 90 % range); expecting half as much makes it {sds['half']}, twice as much {sds['double']}. "
        f"This is learnt from {count(markets, 'market')}, {why}."
    )


def _percent_apart(row: pd.Series) -> str:
    return percent_interval(*np.expm1(interval(row, "tau")))


@dataclass(frozen=True)
class Twins:
    """Two markets of like volume on either side of the threshold, and the channel that shows most what that does.

    Parameters
    ----------
    below, above : rows of `threshold_rule` of the two markets and this channel.
    """

    channel: str
    below: pd.Series
    above: pd.Series


def find_twins(rule: pd.DataFrame) -> Twins | None:
    """The largest market below the threshold and the smallest above it, in their most telling channel.

    Most telling is the channel whose own and common return lie furthest apart in the two markets, in widths of the
    own range. None where the two have no channel in common, or the table has no rows.
    """
    below, above = rule[rule["rule"] == "pooled"], rule[rule["rule"] == "own"]
    if below.empty or above.empty:
        return None
    low = below[below["volume"] == below["volume"].max()].set_index("channel")
    high = above[above["volume"] == above["volume"].min()].set_index("channel")
    shared = [c for c in low.index if c in high.index]
    if not shared:
        return None
    jump = pd.Series({c: _jump(low.loc[c]) + _jump(high.loc[c]) for c in shared})
    channel = str(jump.idxmax())
    return Twins(channel, low.loc[channel], high.loc[channel])


def _jump(row: pd.Series) -> float:
    width = np.log(row["return_own_q95"] / row["return_own_q05"])
    return float(abs(np.log(row["return_own_q50"] / row["return_common_q50"])) / width)


def describe_threshold(
    twins: Twins, *, labels: Mapping[str, str], places: Mapping[str, str], currency: str
) -> str:
    """What a hard rule would do to two markets of like volume, and what partial pooling does, as sentences."""
    low, high = twins.below, twins.above
    small, large = places.get(low["market"], low["market"]), places.get(high["market"], high["market"])
    volumes = f"{money(low['volume'], currency)} and {money(high['volume'], currency)}"
    size = "nearly the same" if high["volume"] < ALIKE * low["volume"] else "the two nearest volumes"
    name = labels.get(twins.channel, twins.channel)
    return (
        f"{small} and {large} sell {size} ({volumes} a year). Under a hard rule, own model above "
        f"{money(low['threshold'], currency)} and one common return below, **{name}** in {small} would show "
        f"**{returned(*interval(low, 'return_rule'), currency)}**, and with "
        f"{percent(low['threshold'] / low['volume'] - 1)} more sales "
        f"**{returned(*interval(low, 'return_own'), currency)}**. Partial pooling shows "
        f"**{returned(*interval(low, 'return_partial'), currency)}** in {small} and "
        f"{returned(*interval(high, 'return_partial'), currency)} in {large}, and knows no threshold."
    )


def threshold_rows(
    rule: pd.DataFrame, channel: str, *, places: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """Rows of one channel, largest market first, with the market's name and volume as `place`."""
    rows = rule[rule["channel"] == channel].sort_values("volume", ascending=False, ignore_index=True)
    names = [
        f"{places.get(r.market, r.market)}  {money(r.volume, currency, digits=2)}" for r in rows.itertuples()
    ]
    return rows.assign(place=names)
