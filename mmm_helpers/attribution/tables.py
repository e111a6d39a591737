"""The table `attribution`: each model's credit, what all models make of a share, and what of it is incremental."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mmm_helpers.attribution.calibration import Calibration
from mmm_helpers.attribution.reconcile import NOT_OBSERVED, OBSERVED
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize

COMBINED = "calibrated"
"""Model whose row holds all models' calibrated credit, each with the same weight."""
ATTRIBUTION_COLUMNS = [
    "market", "model", "channel", "credit", "credit_value", "share", "share_q05", "share_q95",
    *(f"calibrated_{s}" for s in SUFFIXES), "status",
]  # fmt: skip


def compute_attribution(
    market: str,
    credits: pd.DataFrame,
    by_window: pd.DataFrame,
    channels: Sequence[str],
    calibrations: Mapping[str, Calibration],
    *,
    rate: float = 1.0,
) -> pd.DataFrame:
    """The table `attribution`.

    Parameters
    ----------
    credits : `model, channel, credit, credit_value, share` by the window that is reported.
    by_window : the same for several windows, one below the other.
    channels : all of the market's, paid or not; those without credit are not observed, and have no numbers.
    calibrations : model → its calibration.
    rate : money of the result for one unit of credit (`sources.money_of_credit`).

    Returns
    -------
    Columns `ATTRIBUTION_COLUMNS`. `share_q05` and `share_q95` span the models and the windows: this, not sampling, is
    what is uncertain about credit. `calibrated_*` is incremental money; missing where nothing is spent, since no test
    can tell. The rows of model `calibrated` join all models.
    """
    spans = by_window.groupby("channel")["share"].quantile([LOWER, UPPER]).unstack()
    rows, joined = [], {}
    for credit in credits.to_dict("records"):
        draws = _incremental(credit, calibrations, rate)
        if draws is not None:
            joined.setdefault(credit["channel"], []).append(draws)
        row = {"model": credit["model"], "channel": credit["channel"], "credit": credit["credit"]}
        row |= {"credit_value": credit["credit_value"] * rate, "share": credit["share"]}
        row |= {
            "share_q05": spans.loc[credit["channel"], LOWER],
            "share_q95": spans.loc[credit["channel"], UPPER],
        }
        rows.append(row | _summary(draws) | {"status": OBSERVED})
    for channel, parts in joined.items():
        row = {"model": COMBINED, "channel": channel, "status": OBSERVED}
        rows.append(row | _summary(np.concatenate(parts)))
    unseen = [c for c in channels if c not in set(credits["channel"])]
    models = [*credits["model"].unique(), *([COMBINED] if joined else [])]
    rows += [{"model": m, "channel": c, "status": NOT_OBSERVED} for m in models for c in unseen]
    return pd.DataFrame(rows, columns=ATTRIBUTION_COLUMNS).assign(market=market)


def _incremental(credit: Mapping, calibrations: Mapping[str, Calibration], rate: float) -> np.ndarray | None:
    """Draws of a row's incremental money; None for channels without a factor."""
    own = calibrations.get(credit["model"])
    if own is None or credit["channel"] not in own.channels:
        return None
    return own.draws[:, own.channels.index(credit["channel"])] * credit["credit_value"] * rate


def _summary(draws: np.ndarray | None) -> dict[str, float]:
    if draws is None:
        return {f"calibrated_{s}": np.nan for s in SUFFIXES}
    return summarize(draws, "calibrated")
