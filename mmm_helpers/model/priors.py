"""The priors, all in one place: as distributions, in plain words, and with where each comes from.

The model, the prior predictive, the sensitivity checks and the report all read `priors_of`; nothing else states a
prior. Everything is in units of a region's mean outcome, so that one prior fits every region and market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from mmm_helpers.model.design import Design

PAID_SHARE = 0.20
"""Prior median of the share of outcome that all paid media together bring; split by spend over channels."""

UNPAID_SHARE = 0.03
"""Prior median of the share of outcome that one unpaid channel brings."""

LOG_EFFECT_SD = 0.9
"""Prior sd of a channel's log effect around its share: a factor of 4.4 either way (90 %)."""

BETWEEN_SHAPE, BETWEEN_SCALE = 2.0, 0.15
"""Gamma prior on the sd of log effects between regions of a market, and between markets."""

RETENTION = {"upper": (3.0, 3.0), "middle": (2.5, 3.0), "lower": (2.0, 4.0), None: (2.0, 3.0)}
"""Beta prior of the share carried to the next period, by funnel group: what builds a brand lasts longer."""

PREDICTOR_SD = 0.15
"""Prior sd of the change of a region's log effects per sd of an attribute such as income."""


@dataclass(frozen=True)
class PriorOf:
    """One parameter's prior.

    Parameters
    ----------
    dist : frozen scipy distribution; array arguments run along the last of `dims`. On the scale on which the
        parameter is sampled where `transform` is set.
    dims : names of the parameter's axes.
    says : what it means, in plain words. source : where it comes from.
    transform : "" or "tanh", applied to a draw of `dist` to give the stored parameter.
    """

    dist: Any
    dims: tuple[str, ...]
    says: str
    source: str
    transform: str = ""

    def constrained(self, values: np.ndarray) -> np.ndarray:
        """Draws of `dist` on the scale on which the parameter is stored."""
        return np.tanh(values) if self.transform == "tanh" else values


def lognormal(median: float, sd: float):
    """Log-normal by its median and the sd of its logarithm."""
    return stats.lognorm(s=sd, scale=median)


OURS = "this template; the simulated worlds of its tests and benchmark"
SHARE_SOURCE = (
    "published mixes put paid media at 10 to 35 % of sales; a common return is the neutral split "
    "(Jin et al. 2017; Google Meridian's default of one return prior for all channels)"
)


def priors_of(design: Design) -> dict[str, PriorOf]:
    """Priors of all parameters that this design's model has, by the names of a stored fit.

    Parameters
    ----------
    design : scaled arrays of one market; the pooling over regions is a separate switch of the model, of which
        `region_sd` and `deviation` (standard normal, scaled by it) belong to `partial`.
    """
    return (
        _media_priors(design)
        | _difference_priors(design)
        | _kernel_priors(design)
        | _baseline_priors(design)
        | _control_priors(design)
        | _option_priors(design)
        | _noise_priors(design)
    )


def _media_priors(design: Design) -> dict[str, PriorOf]:
    """A channel's effect at its mean level, and the shape of its curve there."""
    channel, stated = ("channel",), ", ".join(design.prior_sources)
    return {
        "log_effect_market": PriorOf(
            stats.norm(0.0, design.effect_sd),
            channel,
            "a channel brings its prior share of the outcome, give or take a factor (4.4 unless you stated more)",
            f"{SHARE_SOURCE}{'; you stated: ' + stated if stated else ''}",
        ),
        "fullness": PriorOf(
            stats.norm(-0.2, 0.7),
            channel,
            "at its mean level a channel has reached 21 to 72 % of what it could ever bring",
            f"spend is rarely at either end of its curve (Chan & Perry 2017); {OURS}",
        ),
        "slope": PriorOf(
            lognormal(1.0, 0.4),
            channel,
            "returns fall from the first euro on, or little happens before a threshold (slope 0.5 to 1.9)",
            "what happens at spend that was never seen is not identified from time series (Jin et al. 2017); a tighter "
            "prior is silently wrong in worlds with thresholds; " + OURS,
        ),
    }


def _difference_priors(design: Design) -> dict[str, PriorOf]:
    """How media effects differ between regions and over time."""
    priors = {}
    if len(design.regions) > 1:
        priors["region_sd"] = PriorOf(
            stats.gamma(BETWEEN_SHAPE, scale=BETWEEN_SCALE),
            (),
            "regions of a market differ in a channel's effect by 5 to 71 %",
            "vanishes at zero, so that 'all alike' does not win by default with few units "
            "(Chung, Rabe-Hesketh, Dorie, Gelman & Liu 2013)",
        )
    if design.predictor_names:
        priors["predictor_effect"] = PriorOf(
            stats.norm(0, PREDICTOR_SD),
            ("predictor",),
            "a region one sd richer, bigger or better reached responds up to 25 % more or less to all media",
            f"group-level predictors (Gelman & Hill 2007, ch. 12); {OURS}",
        )
    if design.varying_media:
        priors["tide_sd"] = PriorOf(
            lognormal(0.05, 0.8),
            (),
            "all media together work 1 to 19 % better or worse from one half-year to the next",
            OURS,
        )
    return priors


def _kernel_priors(design: Design) -> dict[str, PriorOf]:
    """Carry-over: only the parameters of the families in use."""
    used, channel = set(design.adstock), ("channel",)
    priors = {}
    if used & {"geometric", "delayed"}:
        first, second = np.array([RETENTION[f] for f in design.funnel]).T
        priors["alpha"] = PriorOf(
            stats.beta(first, second),
            channel,
            "10 to 75 % of an effect carry over to the next period; more for channels high in the funnel",
            "half-lives of one to four weeks in published models (Broadbent 1979; Jin et al. 2017)",
        )
    if "delayed" in used:
        priors["delay"] = PriorOf(
            stats.gamma(2.0, scale=0.6),
            channel,
            "the effect peaks in the first three periods after the spend",
            f"delayed adstock (Jin et al. 2017); {OURS}",
        )
    if "weibull" in used:
        priors["weibull_shape"] = PriorOf(
            lognormal(1.3, 0.35),
            channel,
            "from a decay from the start (below 1) to a delayed peak (above 1)",
            "Weibull carry-over as in Robyn (Meta 2021)",
        )
        priors["weibull_scale"] = PriorOf(
            lognormal(2.0, 0.5),
            channel,
            "two thirds of the effect arrive within one to five periods",
            "Weibull carry-over as in Robyn (Meta 2021)",
        )
    return priors


def _baseline_priors(design: Design) -> dict[str, PriorOf]:
    priors = {
        "intercept": PriorOf(
            stats.norm(1.0, 0.1), ("region",), "a region's level is its mean outcome, within 16 %", OURS
        ),
        "trend_mean": PriorOf(stats.norm(0, 0.15), (), "growth or decline of up to 25 % a year", OURS),
        "trend_offset": PriorOf(
            stats.norm(0, 0.05), ("region",), "regions grow up to 8 points a year apart", OURS
        ),
        "season_effect": PriorOf(
            stats.norm(0, 0.1),
            ("fourier_mode",),
            "each wave of the yearly cycle moves it by up to 16 %",
            OURS,
        ),
    }
    if not design.has_season:
        del priors["season_effect"]
    return priors


def _control_priors(design: Design) -> dict[str, PriorOf]:
    """A control's effect, and how far regions differ in it where there are several."""
    if not design.control_names:
        return {}
    common = PriorOf(
        stats.norm(0, 0.1),
        ("control",),
        "one sd of a control moves the outcome by up to 16 % either way",
        "weakly informative on standardised inputs (Gelman, Jakulin, Pittau & Su 2008)",
    )
    if len(design.regions) == 1:
        return {"control_effect": common}
    apart = PriorOf(
        lognormal(0.015, 0.8),
        (),
        "regions differ in a control's effect by 0.4 to 5.6 % of the outcome",
        "customers differ in how they react to prices and rivals; " + OURS,
    )
    return {"control_mean": common, "control_sd": apart}


def _option_priors(design: Design) -> dict[str, PriorOf]:
    """What only some designs have: drift, a weekly cycle, joint effects."""
    priors = {}
    if design.trend == "varying":
        priors["drift_sd"] = PriorOf(
            lognormal(0.02, 0.8), (), "beside its trend the level drifts by 0.5 to 7 % a quarter", OURS
        )
    if design.interactions:
        priors["interaction"] = PriorOf(
            stats.norm(0, 0.03),
            ("pair",),
            "two channels together at their mean level add or take up to 5 % of the outcome",
            OURS,
        )
    if design.spillover and len(design.regions) > 1:
        priors["spillover"] = PriorOf(
            stats.norm(0, 0.15),
            (),
            "media in the other regions of a market bring up to 25 % of what they bring at home, or take it away",
            OURS,
        )
    if design.weekdays.size:
        priors["weekday_effect"] = PriorOf(
            stats.norm(0, 0.2),
            ("weekday",),
            "a day of the week lies up to 33 % above or below the mean",
            OURS,
        )
    return priors


def _noise_priors(design: Design) -> dict[str, PriorOf]:
    priors = {
        "sigma": PriorOf(
            lognormal(0.07, 0.8), ("region",), "a region's own noise is 2 to 26 % of its mean outcome", OURS
        )
    }
    if design.serial:
        priors["rho"] = PriorOf(
            stats.norm(0, 0.4), (), "what is left of one period carries over by −0.6 to 0.6", OURS, "tanh"
        )
    if design.shock and len(design.regions) > 1:
        priors["shock_sd"] = PriorOf(
            lognormal(0.015, 0.8),
            (),
            "shocks that all regions share are 0.4 to 5.6 % of the outcome",
            "regions of one market are not independent witnesses; neither noise can vanish",
        )
    return priors
