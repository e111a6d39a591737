"""How alike one region's outcome, channels and controls move."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mmm_helpers.regression.design import RegressionData

OUTCOME = "Outcome"


def compute_correlations(data: RegressionData, *, names: Mapping[str, str]) -> pd.DataFrame:
    """Correlations over time of the outcome, every channel's spend and every control, by name.

    Trend, holidays and controls are included; yearly waves and weekdays, which nobody observes, are not.

    Parameters
    ----------
    data : see `build_regression_data`; the periods that the regression can use are taken, or all if it can
        use none.
    names : column → name for readers.
    """
    own = [c for c in data.others if c in ("trend", "holiday") or c.startswith("control_")]
    values = pd.concat([data.outcome.rename("outcome"), data.spend, data.others[own]], axis=1)
    used = data.usable
    values = values[used] if used.sum() > 2 else values
    values = values.loc[:, values.std() > 0]
    shown = {"outcome": OUTCOME, **names}
    return values.rename(columns=shown).corr()


def split_correlations(
    correlation: pd.DataFrame, *, channels: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two parts that are drawn: outcome and channels among themselves, and controls against both.

    Parameters
    ----------
    correlation : result of `compute_correlations`.
    channels : names of the channels.
    """
    media = [n for n in correlation if n == OUTCOME or n in channels]
    controls = [n for n in correlation if n not in media]
    return correlation.loc[media, media], correlation.loc[controls, media]


def describe_controls(controls: pd.DataFrame) -> str:
    """Which control moves most like a channel's spend, and which most like the outcome, as sentences.

    Parameters
    ----------
    controls : the second part of `split_correlations`.
    """
    if controls.empty:
        return "The data hold no control."
    channels = controls.drop(columns=OUTCOME, errors="ignore")
    stacked = channels.abs().stack()
    text = ""
    if len(stacked):
        control, channel = stacked.idxmax()
        value = f"{channels.loc[control, channel]:.2f}".replace("-", "−")
        text = (
            f"The control that moves most like a channel's spend is **{control}**, with {channel} ({value}): "
            "left out of a regression, its effect would be credited to that channel."
        )
    if OUTCOME in controls:
        most = controls[OUTCOME].abs().idxmax()
        value = f"{controls.loc[most, OUTCOME]:.2f}".replace("-", "−")
        text = f"{text} Most like the outcome moves {most} ({value}).".strip()
    return text
