"""What platforms report and what of it is incremental, as factors and as the target that a platform is to be given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize

VALID_MONTHS = 6
"""Months after the data's end until which a factor may be used: platforms, prices and competitors change."""
TEST_MONTHS = 18
"""Months after its end until which a test speaks for a channel."""
FACTOR_TABLE_COLUMNS = [
    "market", "channel", "period_start", "period_end", "spend", "platform_reported",
    *(f"incremental_{s}" for s in SUFFIXES), *(f"factor_{s}" for s in SUFFIXES), "valid_until", "platform_target",
    "platform_target_q05", "platform_target_q95", "source",
]  # fmt: skip


def reported_conversions(panel: pd.DataFrame, channel: str, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Conversions that a channel's platform claims from `start` to the period that begins on `end`; NaN if none are."""
    column = f"conversions_{channel}"
    if column not in panel:
        return np.nan
    own = panel.loc[panel["date"].between(start, end), column]
    return float(own.sum()) if own.notna().any() else np.nan


def compute_factors(
    market: str,
    window: tuple[pd.Timestamp, pd.Timestamp],
    spend: Mapping[str, float],
    reported: Mapping[str, float],
    incremental: Mapping[str, np.ndarray],
    *,
    marginal: Mapping[str, np.ndarray],
    margin: float | None,
    tested_until: Mapping[str, pd.Timestamp],
    source: str,
) -> pd.DataFrame:
    """The table `incrementality_factors`: a row for each channel whose platform reports conversions.

    Parameters
    ----------
    window : first and last period that all amounts are about. spend : channel → money spent.
    reported : channel → money that the platform claims: its conversions × the value of one.
    incremental : channel → draws of incremental money. marginal : channel → draws of the money that one more
        unit of spend brings.
    margin : contribution margin; None if unknown. tested_until : channel → end of its latest test.
    source : what `incremental` comes from.

    Returns
    -------
    `factor_*` is incremental over reported. `platform_target` is the reported return (money per unit of spend) at which
    the next unit's incremental return meets break-even, 1 / margin, as long as the two stay in proportion; missing
    where the margin is unknown or the next unit brings nothing. Its bounds come from those of the next unit's return.
    """
    start, end = window
    rows = []
    for channel, draws in incremental.items():
        claim = reported.get(channel, np.nan)
        if not (claim > 0 and spend.get(channel, 0) > 0):
            continue
        row = {"market": market, "channel": channel, "period_start": start.date(), "period_end": end.date()}
        row |= {"spend": spend[channel], "platform_reported": claim, "source": source}
        row |= summarize(draws, "incremental") | summarize(draws / claim, "factor")
        row["valid_until"] = valid_until(end, tested_until.get(channel)).date()
        row |= _targets(claim / spend[channel], marginal.get(channel), margin)
        rows.append(row)
    return pd.DataFrame(rows, columns=FACTOR_TABLE_COLUMNS)


def _targets(reported_return: float, marginal: np.ndarray | None, margin: float | None) -> dict[str, float]:
    """The target at the mean of the next unit's return, and at the ends of its interval."""
    names = ("platform_target", "platform_target_q05", "platform_target_q95")
    if marginal is None:
        return dict.fromkeys(names, np.nan)
    low, high = np.quantile(marginal, [LOWER, UPPER])
    next_unit = (float(np.mean(marginal)), float(high), float(low))
    return {n: platform_target(reported_return, m, margin) for n, m in zip(names, next_unit, strict=True)}


def platform_target(reported_return: float, marginal: float, margin: float | None) -> float:
    """Reported return at which the next unit of spend pays for itself; NaN where that is not known.

    Examples
    --------
    >>> platform_target(9.0, 1.5, 0.4)  # break-even is 2.5; the platform claims six times what the next unit brings
    15.0
    >>> platform_target(9.0, 1.5, None)
    nan
    """
    if not margin or not marginal > 0:
        return np.nan
    return float(reported_return / marginal / margin)


def valid_until(end: pd.Timestamp, tested: pd.Timestamp | None) -> pd.Timestamp:
    """Day until which a factor may be used: the earlier of the data's end and the test's end, each with its months.

    A test that is too old already does not speak for the channel any more, and so sets no end.
    """
    latest = end + pd.DateOffset(months=VALID_MONTHS)
    speaks = None if tested is None else tested + pd.DateOffset(months=TEST_MONTHS)
    return latest if speaks is None or speaks <= end else min(latest, speaks)
