"""The truth beside a simulated portfolio's journeys: what channels caused, how far each measurement is from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mmm_helpers.report.words import is_missing, join, percent

TRUTH_FILE = Path("truth") / "journeys.csv"
BASELINE = "baseline"


def read_true_journeys(folder: Path, market: str) -> pd.DataFrame | None:
    """Of a market: channel, conversions that it caused, and a row `baseline` for all others; None if unknown.

    Parameters
    ----------
    folder : of the portfolio file.
    """
    path = folder / TRUTH_FILE
    if not path.exists():
        return None
    rows = pd.read_csv(path, dtype={"market": str, "channel": str}, keep_default_na=False, na_values=[""])
    own = rows[rows["market"] == market]
    return own.reset_index(drop=True) if len(own) else None


def true_returns(
    truth: pd.DataFrame | None, panel: pd.DataFrame, table: pd.DataFrame, rate: float
) -> dict[str, float]:
    """Channel → true return of its spend on the dates of the reconciliation; empty for real data.

    A channel's share of all conversions, those it caused, is its share of the outcome, what its spend brought.

    Parameters
    ----------
    panel : the market's, its outcome in money. table : table `reconciliation`.
    rate : reporting currency for one unit of the market's.
    """
    if truth is None or table.empty:
        return {}
    inside = panel["date"].between(table["period_start"].min(), table["period_end"].max())
    outcome = float(panel.loc[inside, "outcome"].sum()) * rate
    share = truth.set_index("channel")["conversions"] / truth["conversions"].sum()
    spend = table.drop_duplicates("channel").set_index("channel")["spend"]
    return {c: float(share[c] * outcome / spend[c]) for c in spend.index if c in share.index and spend[c] > 0}


def score_sources(table: pd.DataFrame, truth: Mapping[str, float]) -> pd.Series:
    """Source → median error of its return, as a share of the true one, over the channels whose truth is known."""
    rows = table[table["channel"].isin(list(truth)) & table["roas_q50"].notna()]
    true = rows["channel"].map(truth)
    error = (rows["roas_q50"] - true).abs() / true
    return error.groupby(rows["source"], sort=False).median()


def describe_scores(scores: pd.Series, *, names: Mapping[str, str]) -> str:
    """How far each measurement is from the simulated truth, as a sentence; empty for real data."""
    if scores.empty:
        return ""
    parts = [
        f"{names[source]} by {percent(error)}" for source, error in scores.items() if not is_missing(error)
    ]
    return f"Against the simulated truth (red) the returns are off, in the median channel: {join(parts)}."


def score_credit(attribution: pd.DataFrame, truth: pd.DataFrame, channels: Sequence[str]) -> pd.DataFrame:
    """Mean absolute error of each model's shares among the paid channels that experiments can calibrate.

    Parameters
    ----------
    attribution : table `attribution`; model `calibrated` is judged by its medians. channels : of the market.

    Returns
    -------
    Columns model, error (share).
    """
    joined = attribution[attribution["model"] == "calibrated"].set_index("channel")["calibrated_q50"].dropna()
    paid = [c for c in channels if c in joined.index and c in set(truth["channel"])]
    true = truth.set_index("channel")["conversions"].reindex(paid)
    true = true / true.sum()
    rows = []
    for model, own in attribution[attribution["credit"].notna()].groupby("model", sort=False):
        share = own.set_index("channel")["credit"].reindex(paid).fillna(0.0)
        rows.append({"model": model, "error": float((share / share.sum() - true).abs().mean())})
    if paid:
        share = joined.reindex(paid)
        rows.append({"model": "calibrated", "error": float((share / share.sum() - true).abs().mean())})
    return pd.DataFrame(rows, columns=["model", "error"])
