"""Which channels of a region a regression can look at, and a sentence about each that it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mmm_helpers.regression.design import select_region
from mmm_helpers.report.words import join

if TYPE_CHECKING:
    from mmm_helpers.inputs.spec_model import Channel, Control

SAME = 1 - 1e-9
"""Correlation from which two channels are the same for a regression."""


@dataclass(frozen=True)
class Choice:
    """Channels to regress on.

    Parameters
    ----------
    labels : channel → name; `a+b` is a group of channels that never move apart.
    sentences : what was left out or put together, and why; empty if nothing was.
    """

    labels: dict[str, str]
    sentences: list[str]

    @property
    def channels(self) -> list[str]:
        return list(self.labels)

    def colors(self, colors: Mapping[str, str]) -> dict[str, str]:
        """Colours by channel; a group has that of its first channel."""
        return {c: colors[c.split("+")[0]] for c in self.labels}


def paid_labels(channels: Mapping[str, Channel]) -> dict[str, str]:
    """Paid channel → name for readers. Unpaid ones have no spend that could return anything."""
    return {code: channel.label or code for code, channel in channels.items() if channel.paid}


def find_lags(channels: Mapping[str, Channel], *, default: int) -> dict[str, int]:
    """Channel → periods that its effect lasts: its own `l_max`, else the default."""
    return {code: channel.l_max or default for code, channel in channels.items()}


def control_labels(controls: Mapping[str, Control]) -> dict[str, str]:
    """Control → name for readers."""
    return {name: control.label or name.replace("_", " ").capitalize() for name, control in controls.items()}


def choose_channels(panel: pd.DataFrame, *, region: str, labels: Mapping[str, str], unit: str) -> Choice:
    """Sort a region's paid channels into those that can be looked at, groups, and those that are left out.

    Parameters
    ----------
    panel : one market, with `spend_<channel>`.
    region : name of the region.
    labels : paid channel → name, in the portfolio file's order.
    unit : name of one period.
    """
    rows = select_region(panel, region)
    spend = {c: rows[f"spend_{c}"] for c in labels if f"spend_{c}" in rows}
    left_out = {c: _obstacle(spend.get(c), unit) for c in labels}
    moving = [c for c in labels if not left_out[c]]
    groups = _group(pd.DataFrame({c: spend[c] for c in moving}))
    named = {"+".join(g): " + ".join(labels[c] for c in g) for g in groups}
    sentences = [f"{labels[c]} is left out: {why}." for c, why in left_out.items() if why]
    return Choice(named, sentences + [_group_sentence(g, labels, unit) for g in groups if len(g) > 1])


def _obstacle(spend: pd.Series | None, unit: str) -> str:
    if spend is None or (spend.notna().all() and (spend == 0).all()):
        return "nothing was spent on it here"
    known = spend.dropna()
    if known.empty:
        return f"its spend is unknown in every {unit}"
    if known.min() == known.max():
        return (
            f"its spend is the same in every {unit}, so that its effect cannot be told from what would be "
            "sold without it"
        )
    return ""


def _group(spend: pd.DataFrame) -> list[list[str]]:
    """Channels in groups that move exactly alike, in order."""
    correlation = spend.corr().to_numpy() if spend.shape[1] else np.zeros((0, 0))
    groups: list[list[int]] = []
    for i in range(len(correlation)):
        own = next((g for g in groups if correlation[g[0], i] > SAME), None)
        if own is None:
            groups.append([i])
        else:
            own.append(i)
    return [[str(spend.columns[i]) for i in g] for g in groups]


def _group_sentence(group: list[str], labels: Mapping[str, str], unit: str) -> str:
    names = join([labels[c] for c in group])
    return (
        f"{names} move exactly alike in every {unit}: no regression can say which of them worked, so they "
        "stand as one, and their return is that of the money spent on them together."
    )
