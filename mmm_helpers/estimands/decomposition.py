"""What drove the outcome: every component over time, adding up to the fitted outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmm_helpers.estimands.effects import Window
from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import summarize
from mmm_helpers.model.areas import areas
from mmm_helpers.model.design import Design


def compute_decomposition(design: Design, parts: dict[str, np.ndarray], money: Money) -> pd.DataFrame:
    """One row per region (and `all`), date and component; means add up to `fitted`.

    Parameters
    ----------
    parts : components from `model.predict.components`, each (sample, t, r) in the outcome's unit.
    """
    frames = []
    for component, draws in parts.items():
        shown = money.shown(draws)
        for region, where in areas(design.regions).items():
            frames.append(_series(design, region, component, shown[:, :, where].sum(axis=2)))
    return pd.concat(frames, ignore_index=True)


def _series(design: Design, region: str, component: str, draws: np.ndarray) -> pd.DataFrame:
    keys = {"market": design.market, "region": region, "date": design.dates, "component": component}
    return pd.DataFrame(keys | summarize(draws, "value"))


def compute_fit_series(
    design: Design, fitted: np.ndarray, predicted: np.ndarray, money: Money
) -> pd.DataFrame:
    """Observed, fitted and predicted outcome per region (and `all`) and date.

    Parameters
    ----------
    fitted, predicted : (sample, t, r); `predicted` includes the noise.
    """
    frames = []
    for region, where in areas(design.regions).items():
        total = lambda a: money.shown(a)[..., where].sum(axis=-1)  # noqa: E731, B023
        frame = {"market": design.market, "region": region, "date": design.dates}
        frame |= {"observed": total(design.outcome), "in_likelihood": design.observed[:, where].all(axis=1)}
        predicted_summary = summarize(total(predicted), "predicted")
        frames.append(pd.DataFrame(frame | summarize(total(fitted), "fitted") | predicted_summary))
    return pd.concat(frames, ignore_index=True)


BASELINE = ("baseline", "trend", "seasonality", "holidays", "shock")
BASE, CONTROLS, JOINT, TOTAL = "base", "controls", "joint", "total"
"""Groups of components beside the channels, which each are a group under their own code."""


def group_of(component: str) -> str:
    """Group that a component is reported in: a channel's code, `base`, `controls`, `joint` or `total`.

    `joint` is what channels bring together (interactions) and in other regions (spillover).

    Examples
    --------
    >>> group_of("channel:tv"), group_of("trend"), group_of("control:price_index"), group_of("fitted")
    ('tv', 'base', 'controls', 'total')
    """
    if component.startswith("channel:"):
        return component.partition(":")[2]
    if component.startswith(("control:", "event:")):
        return CONTROLS
    if component.startswith("interaction:") or component == "spillover":
        return JOINT
    return BASE if component in BASELINE else TOTAL


def compute_contributions(
    design: Design, parts: dict[str, np.ndarray], window: Window, money: Money
) -> pd.DataFrame:
    """What made up the outcome of a window: one row per region (and `all`) and group, `total` last.

    Returns
    -------
    Columns market, region, group, period_start, period_end, value_*, share_* (of the fitted outcome); means
    add up to the total's.
    """
    inside = slice(window.start, window.stop)
    keys = {"period_start": design.dates[window.start], "period_end": design.dates[window.stop - 1]}
    rows = []
    for region, where in areas(design.regions).items():
        sums: dict[str, np.ndarray] = {}
        for component, draws in parts.items():
            amount = money.shown(draws[:, inside])[:, :, where].sum(axis=(1, 2))
            sums[group_of(component)] = sums.get(group_of(component), 0.0) + amount
        for group, amount in sums.items():
            row = {"market": design.market, "region": region, "group": group} | keys
            rows.append(row | summarize(amount, "value") | summarize(amount / sums[TOTAL], "share"))
    return pd.DataFrame(rows)


FORECAST_COLUMNS = [
    "market", "fold", "region", "date", "observed", "forecast_mean", "forecast_q05", "forecast_q50", "forecast_q95"
]  # fmt: skip
"""Columns of the table `forecasts`; it has no rows where no fold was run."""


def compute_forecasts(design: Design, draws: np.ndarray, start: int, fold: int, money: Money) -> pd.DataFrame:
    """Forecast of a hidden quarter beside what happened, per region (and `all`) and date.

    Parameters
    ----------
    draws : (sample, h, r) forecast in the outcome's unit; its first period is `start`.
    """
    stop = start + draws.shape[1]
    frames = []
    for region, where in areas(design.regions).items():
        frame = {"market": design.market, "fold": fold, "region": region, "date": design.dates[start:stop]}
        frame |= {"observed": money.shown(design.outcome[start:stop])[:, where].sum(axis=1)}
        ahead = money.shown(draws)[..., where].sum(axis=2)
        frames.append(pd.DataFrame(frame | summarize(ahead, "forecast"), columns=FORECAST_COLUMNS))
    return pd.concat(frames, ignore_index=True)
