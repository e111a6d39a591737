"""The priors in one place, each with what it says in plain words; book/method.md shows them to readers."""

from __future__ import annotations

PAID_SHARE = 0.20
"""Prior median of the share of outcome that all paid media together bring; split by spend over channels."""

UNPAID_SHARE = 0.03
"""Prior median of the share of outcome that one unpaid channel brings."""

LOG_EFFECT_SD = 0.9
"""Prior sd of a channel's log effect around its share: a factor of 4.4 either way (90 %)."""

BETWEEN_SHAPE, BETWEEN_SCALE = 2.0, 0.15
"""Gamma prior on the sd of log effects between regions of a market, and between markets: mean 0.3, 0.05 to 0.71
(90 %). It vanishes at zero, because with a handful of units a prior that does not lets "all alike" win by default
and understates what differs (Chung, Rabe-Hesketh, Dorie, Gelman & Liu 2013)."""

NOISE_MEDIAN, NOISE_SD = 0.07, 0.8
"""Log-normal prior on the sd of a region's own noise, as a share of its mean outcome: 2 % to 26 % (90 %)."""

SHOCK_MEDIAN, SHOCK_SD = 0.015, 0.8
"""Log-normal prior on the sd of shocks that all regions of a market share in a period: 0.4 % to 5.6 % (90 %).
Neither sd can vanish: with few regions and weeks, shocks could otherwise explain every wiggle and leave no noise."""
