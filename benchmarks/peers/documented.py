"""`python -m benchmarks.peers.documented FOLDER`: pymc-marketing with the priors that its documentation states.

From the configuration of its multidimensional (multi-region) example, `multi_dimensional_example_model.yml`, which its
page "Build from YAML" loads and its "MMM Multidimensional Example Notebook" builds by hand: carry-over and saturation
shared by the regions, a truncated normal likelihood, a trend with five changes of slope per region. The example gives
each of its two channels a mean ceiling of 0.35; here the same 0.70 is split over the channels there are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.exchange import CONTROL, L_MAX, Clock, Problem, read_problem
from benchmarks.peers.library import PER_REGION, fit

CEILING, CEILING_SD = 0.70, 0.10
"""Prior mean of what all channels together can bring at most, relative to the largest week; sd of each channel."""


def build(problem: Problem):
    """The model, not yet built on data."""
    from pymc_marketing.mmm import MMM, GeometricAdstock, LinearTrend, LogisticSaturation
    from pymc_marketing.mmm.additive_effect import LinearTrendEffect

    alpha, lam, beta, delta = media_priors(len(problem.channels))
    mmm = MMM(
        date_column="date",
        target_column="y",
        channel_columns=problem.channels,
        control_columns=[CONTROL],
        dims=("geo",),
        scaling={"channel": PER_REGION, "target": PER_REGION},
        adstock=GeometricAdstock(l_max=L_MAX, priors={"alpha": alpha}),
        saturation=LogisticSaturation(priors={"beta": beta, "lam": lam}),
        yearly_seasonality=2,
        model_config=other_priors(),
    )
    trend = LinearTrend(n_changepoints=5, include_intercept=False, dims=("geo",), priors={"delta": delta})
    mmm.add_mu_effect(LinearTrendEffect(trend=trend, prefix="trend"))
    return mmm


def media_priors(channels: int) -> tuple:
    """Priors of retention, steepness and ceiling, and of the trend's changes of slope."""
    from pymc_extras.prior import Prior

    return (
        Prior("Beta", alpha=2, beta=3, dims="channel"),
        Prior("Gamma", mu=3, sigma=2, dims="channel"),
        Prior("Gamma", mu=CEILING / channels, sigma=CEILING_SD, dims="channel"),
        Prior("Laplace", mu=0, b=Prior("HalfNormal", sigma=0.2), dims=("changepoint", "geo")),
    )


def other_priors() -> dict:
    """Priors of everything that is not media."""
    from pymc_extras.prior import Prior

    spread = Prior("HalfNormal", sigma=Prior("HalfNormal", sigma=1.5))
    season = Prior("HalfNormal", sigma=0.2)
    return {
        "intercept": Prior("Normal", mu=0.5, sigma=0.5, dims="geo"),
        "gamma_control": Prior("Normal", mu=0, sigma=0.5, dims="control"),
        "gamma_fourier": Prior("Laplace", mu=0, b=season, dims=("geo", "fourier_mode")),
        "likelihood": Prior("TruncatedNormal", lower=0, sigma=spread, dims=("date", "geo")),
    }


def main(folder: Path) -> None:
    """Answer the problem in `folder`."""
    clock = Clock()
    with clock.step("import"):
        import nutpie  # noqa: F401
        import pymc_marketing.mmm  # noqa: F401
    problem = read_problem(folder)
    fit(build(problem), problem, folder, clock)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
