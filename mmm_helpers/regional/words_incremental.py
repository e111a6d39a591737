"""Sentences and a table that set the platforms' costs beside the model's."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.report.returns import join_evidence
from mmm_helpers.report.words import count, interval_text, join, money, money_interval, significant

READ = (
    "*Claimed cost*: spend over the platform's conversions. *Brought by one claimed*: what the outcome would lack per "
    "claimed conversion without the channel's spend. *Cost per unit brought*: spend for one unit of money that would "
    "not have come otherwise. The last numbers set the dear region's cost over the cheap one's."
)
"""How to read the table."""


def describe_incremental(
    table: pd.DataFrame, *, base: str, region: str, labels: Mapping[str, str], currency: str
) -> str:
    """Whether the model agrees that a region is dear, and what stands behind a claimed conversion.

    Parameters
    ----------
    table : result of `incremental.compare_costs`.
    """
    if table.empty:
        return "The model has no return of these channels by region, so the platforms' costs stand alone."
    claimed = int((table["claimed_ratio"] > 1).sum())
    dearer, cheaper = int((table["ratio_q05"] > 1).sum()), int((table["ratio_q95"] < 1).sum())
    most, least = (table.loc[getattr(table["region_brought_q50"], end)()] for end in ("idxmax", "idxmin"))
    amounts = [
        f"{_brought(row, currency)} ({labels.get(row['channel'], row['channel'])})" for row in (least, most)
    ]
    stands = f"stand between {join(amounts)}" if len(table) > 1 else f"stands {amounts[0]}"
    return (
        f"By the platforms' count {claimed} of {count(len(table), 'channel')} {_costs(claimed)} more in {region} than "
        f"in {base}. **Measured by what the money truly brought, {_number(dearer)} surely {_costs(dearer)} more, "
        f"{_number(cheaper)} surely less, and {_number(len(table) - dearer - cheaper)} could be either.** Behind one "
        f"claimed conversion in {region} {stands} that would not have come without the channel."
    )


def _costs(number: int) -> str:
    return "costs" if number == 1 else "cost"


def _number(value: int) -> str:
    return "none" if value == 0 else str(value)


def _brought(row: pd.Series, currency: str, side: str = "region") -> str:
    return money_interval(*(row[f"{side}_brought_{q}"] for q in ("q50", "q05", "q95")), currency)


def tabulate_incremental(
    table: pd.DataFrame, *, base: str, region: str, labels: Mapping[str, str], currency: str
) -> pd.DataFrame:
    """Claimed and incremental cost of each channel in both regions, as text; medians and 90 % ranges.

    Parameters
    ----------
    table : result of `incremental.compare_costs`.

    Returns
    -------
    The last column, `evidence`, is written by `report.returns.show_evidence`.
    """
    rows = [row for _, row in table.iterrows()]
    frame = {"channel": [labels.get(c, c) for c in table["channel"]]}
    for side, name in (("region", region), ("base", base)):
        frame[f"{name}: claimed cost"] = [money(row[f"{side}_cpa"], currency) for row in rows]
        frame[f"{name}: brought by one claimed"] = [_brought(row, currency, side) for row in rows]
        frame[f"{name}: cost per unit brought"] = [
            interval_text(*(row[f"{side}_cost_{q}"] for q in ("q50", "q05", "q95"))) for row in rows
        ]
    ratios = table[["ratio_q50", "ratio_q05", "ratio_q95"]].to_numpy()
    frame["times as dear, claimed"] = [significant(v) for v in table["claimed_ratio"]]
    frame["times as dear, model"] = [interval_text(*values) for values in ratios]
    return pd.DataFrame(frame | {"evidence": join_evidence(table).to_numpy()})
