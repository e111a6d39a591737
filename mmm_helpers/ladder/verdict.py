"""What the template says about a world: its default pipeline on the world's files, set against the truth.

Nothing here knows the truth before the verdict is in: the world is written as an analyst's files, and goes through
the gate, the fit, the portfolio stage and the grading that a report goes through.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from mmm_helpers.errors import FitError, InputError
from mmm_helpers.estimands.effects import compute_effect, windows
from mmm_helpers.estimands.fitted import Fitted, load_fitted
from mmm_helpers.estimands.money import Money
from mmm_helpers.estimands.run import judge
from mmm_helpers.inputs.gate import gate_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.intervals import UPPER
from mmm_helpers.ladder.rows import hash_model
from mmm_helpers.ladder.world import SimulatedWorld, write_world
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.layout import Layout
from mmm_helpers.model.areas import areas
from mmm_helpers.model.health import GATING
from mmm_helpers.model.predict import channel_contribution
from mmm_helpers.model.run import SEED, fit_market, fit_portfolio
from mmm_helpers.model.validation import crps
from mmm_helpers.pipeline.keys import package_versions

KEYS = ["market", "region", "channel"]
TAKEN = (
    "incremental_mean", "incremental_q05", "incremental_q50", "incremental_q95", "landed_mean", "landed_q05",
    "landed_q95", "roas_mean", "mroas_mean", "mroas_q05", "mroas_q95", "p_above", "data_tier", "cause_mark",
    "decision_grade",
)  # fmt: skip
"""Columns of `channel_effects` that a row takes over."""


def judge_world(world: SimulatedWorld, *, profile: str = "standard") -> pd.DataFrame:
    """Run the template's default on a world.

    Parameters
    ----------
    profile : effort of the fits.

    Returns
    -------
    Raw rows (`rows.COLUMNS`), one per cell; without estimates, and with the reason, where the template refuses the
    world or fails.
    """
    started = time.monotonic()
    try:
        with TemporaryDirectory() as folder:
            estimates = _estimate(world, Path(folder), profile)
        error = ""
    except Exception as failure:  # a crash on one world is a finding of the ladder, and not its end
        estimates, error = pd.DataFrame(columns=KEYS), _in_words(failure)
    truth = world.truth.rename(
        columns={name: f"truth_{name}" for name in ("incremental", "roas", "mroas", "landed")}
    )
    rows = truth.merge(estimates, on=KEYS, how="left")
    return rows.assign(
        decision_grade=rows["decision_grade"].eq(True) if "decision_grade" in rows else False,
        world=world.world,
        seed=world.seed,
        profile=profile,
        tested=rows["channel"].isin(WORLDS[world.world].tested),
        break_even=1 / world.portfolio["margin"],
        seconds=round(time.monotonic() - started, 1),
        error=error,
        model=hash_model(),
        versions="; ".join(f"{name} {version}" for name, version in package_versions().items()),
    )


def _in_words(failure: Exception) -> str:
    """A refusal as it is; of a crash also what kind it is."""
    refused = isinstance(failure, (InputError, FitError))
    return str(failure) if refused else f"{type(failure).__name__}: {failure}"


def _estimate(world: SimulatedWorld, folder: Path, profile: str) -> pd.DataFrame:
    """Gate, fit and grade all markets of the world."""
    portfolio = load_portfolio(str(write_world(world, folder)))
    layout, codes = Layout(portfolio.name, folder / "results"), list(portfolio.markets)
    for code in codes:
        gate_market(portfolio, code, layout)
        # What a fit forecasts bears on no cell's grade.
        fit_market(layout, code, profile, validate=False)
    fit_portfolio(layout, codes, profile)
    cells = [_market_cells(load_fitted(layout, code, profile), world.landed[code], world) for code in codes]
    return pd.concat(cells, ignore_index=True)


def _market_cells(fit: Fitted, landed: np.ndarray, world: SimulatedWorld) -> pd.DataFrame:
    """Estimates of one market's cells over the last 52 weeks, with what the page says about them.

    Parameters
    ----------
    landed : (t, r, c) true contributions, channels in the portfolio's order.
    """
    money = Money.of(fit.design, fit.settings)
    tables = judge(fit, money, rng=np.random.default_rng(SEED)).tables
    effects, health = tables["channel_effects"], tables["model_health"]
    last = effects[effects["window"] == effects["window"].iloc[-1]]
    cells = last[["region", "channel", *TAKEN]].merge(
        tables["identification"][["region", "channel", "identified", "reason"]], on=["region", "channel"]
    )
    failed = health[health["part"].isin(GATING) & (health["status"] == "fail")]
    cells = cells.assign(
        market=fit.design.market,
        computation="fail" if (failed["part"] == "computation").any() else "pass",
        plausibility="fail" if (failed["part"] == "plausibility").any() else "pass",
        failed_checks="; ".join(failed["check"]),
    )
    return cells.merge(_scores(fit, landed, world), on=["region", "channel"])


def _scores(fit: Fitted, landed: np.ndarray, world: SimulatedWorld) -> pd.DataFrame:
    """Per cell: error of the weekly contribution, CRPS of the incremental one, and the upper end of its share."""
    design, order = fit.design, list(world.portfolio["channels"])
    truth = world.truth[world.truth["market"] == design.market].set_index(["region", "channel"])
    window, rows = windows(design)[-1], []
    for channel in design.channels:
        effect = compute_effect(design, fit.draws, channel, window)
        weekly = channel_contribution(design, fit.draws, channel)
        for region, where in areas(design.regions).items():
            if (region, channel) in truth.index:
                cell = truth.loc[(region, channel)]
                score = crps(effect.incremental[:, where].sum(axis=1), cell["incremental"])
                share = np.quantile(effect.landed[:, where].sum(axis=1), UPPER) / cell["outcome"]
                true = landed[:, where, order.index(channel)].sum(axis=1)
                error = srmse(weekly[:, :, where].sum(axis=2), true)
                rows.append((region, channel, float(score), error, share))
    return pd.DataFrame(rows, columns=["region", "channel", "crps", "srmse", "q95_share"])


def srmse(draws: np.ndarray, truth: np.ndarray) -> float:
    """RMSE over weeks relative to the true mean, per draw, averaged over draws; NaN where nothing was brought.

    Parameters
    ----------
    draws : (sample, t). truth : (t,).
    """
    mean = truth.mean()
    return float(np.sqrt(((draws - truth) ** 2).mean(axis=1)).mean() / mean) if mean > 0 else np.nan
