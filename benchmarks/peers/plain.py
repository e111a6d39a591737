"""`python -m benchmarks.peers.plain FOLDER`: the plain non-centred hierarchy, as one writes it with pymc-marketing.

Retention, steepness and ceiling of every region and channel lie around the channel's own, each with its own sd; media
and outcome are scaled by each region's largest week; a trend with five changes of slope that regions share. Sampled
with nutpie's defaults.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.exchange import CONTROL, L_MAX, Clock, Problem, read_problem
from benchmarks.peers.library import PER_REGION, fit


def build(problem: Problem):
    """The model, not yet built on data."""
    from pymc_extras.prior import Prior
    from pymc_marketing.mmm import MMM, GeometricAdstock, LinearTrend, LogisticSaturation
    from pymc_marketing.mmm.additive_effect import LinearTrendEffect

    mmm = MMM(
        date_column="date",
        target_column="y",
        channel_columns=problem.channels,
        control_columns=[CONTROL],
        dims=("geo",),
        scaling={"channel": PER_REGION, "target": PER_REGION},
        adstock=GeometricAdstock(l_max=L_MAX, priors={"alpha": hierarchy(0.0, 1.0, 0.5, "sigmoid")}),
        saturation=LogisticSaturation(
            priors={"lam": hierarchy(0.9, 0.5, 0.4, "exp"), "beta": hierarchy(-1.5, 1.0, 0.5, "exp")}
        ),
        yearly_seasonality=2,
        model_config={
            "intercept": Prior("Normal", mu=0.5, sigma=0.3, dims="geo"),
            "gamma_control": Prior("Normal", mu=0, sigma=0.2, dims="control"),
            "gamma_fourier": Prior("Laplace", mu=0, b=0.1, dims=("geo", "fourier_mode")),
            "likelihood": Prior(
                "Normal", sigma=Prior("HalfNormal", sigma=0.2, dims="geo"), dims=("date", "geo")
            ),
        },
    )
    trend = LinearTrend(n_changepoints=5, dims=("geo",))
    mmm.add_mu_effect(LinearTrendEffect(trend=trend, prefix="trend"))
    return mmm


def hierarchy(mean: float, mean_sd: float, sd_scale: float, transform: str):
    """A parameter per region and channel around the channel's, non-centred, before `transform`."""
    from pymc_extras.prior import Prior

    return Prior(
        "Normal",
        mu=Prior("Normal", mu=mean, sigma=mean_sd, dims="channel"),
        sigma=Prior("HalfNormal", sigma=sd_scale, dims="channel"),
        dims=("geo", "channel"),
        centered=False,
        transform=transform,
    )


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
