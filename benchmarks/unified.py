"""Does calibration repair credit, and does joining it with a mix model beat each alone? In simulated companies.

Each seed is a company of one market whose panel and journeys come from the same causal truth. Three of the six channels
that journeys see have a go-dark test with an error of a fifth. The mix model is a cheap one, a linear regression with
the right seasons and controls but everybody's carry-over and saturation, whose posterior is known in closed form; it
meets the same tests as rows of its likelihood. What is joined are its draws with these tests, as in a report: tests
that calibrate credit are taken out by their likelihood.

Errors are money wrongly given to a channel over what media truly brought. Estimates are posterior medians.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, Measurement
from benchmarks.journey_world import simulate_journeys
from mmm_helpers.attribution.calibration import Calibration, calibrate, compute_lateness, mix
from mmm_helpers.attribution.claims import CLAIM_COLUMNS
from mmm_helpers.attribution.kappa import Tests
from mmm_helpers.attribution.models import compute_credits
from mmm_helpers.attribution.unified import lifts_log_likelihood, log_density, unify
from mmm_helpers.intervals import LOWER, UPPER
from mmm_helpers.simulation.recipe import CHANNELS
from mmm_helpers.simulation.transforms import L_MAX
from mmm_helpers.simulation.truth import window_change
from mmm_helpers.simulation.world import LEAD_IN, MarketWorld, simulate_company

SEEDS = range(101, 121)
MARKET, YEAR, JOURNEYS = "DE", 52, 50_000
TESTED, TEST_ERROR, CLAIM_SD = 3, 0.2, 0.05
PRIOR_MEAN, PRIOR_SD = 2.0, 3.0
"""Of a channel's return at usual spend: wide, as where nothing is known."""
ALPHA = 0.5
DRAWS, FEW = 4000, 400
BOOTSTRAP = 4000
STAGES = {
    "online_video": "upper", "social": "middle", "display": "middle", "search_generic": "lower", "email": "lower",
    "search_brand": "follows demand",
}  # fmt: skip
"""What an analyst declares of the channels that journeys see."""


def true_effects(world: MarketWorld) -> pd.DataFrame:
    """Spend and incremental money of each paid channel over the last year, market currency."""
    weeks = len(world.dates)
    rows = {}
    for channel in [c for c in world.truth if CHANNELS[c].paid]:
        spend = float(world.amounts[channel][LEAD_IN:][-YEAR:].sum())
        rows[channel] = (spend, -float(window_change(world, channel, weeks - YEAR, weeks, 0.0).sum()))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["spend", "incremental"])


def simulate_credits(world: MarketWorld, truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Credit by every model, from journeys of the last year."""
    outcome = float(world.outcome[-YEAR:].sum())
    return compute_credits(simulate_journeys(truth, outcome, people=JOURNEYS, seed=seed))


def simulate_tests(truth: pd.DataFrame, channels: Sequence[str], seed: int, *, each: int = 1) -> pd.DataFrame:
    """Average returns of channels as go-dark tests find them, `each` tests a channel: error of a fifth."""
    rng = np.random.default_rng([51, seed])
    returns = (truth["incremental"] / truth["spend"]).loc[list(channels)].repeat(each)
    sd = TEST_ERROR * np.maximum(returns, 0.5)
    found = rng.normal(returns, sd)
    return pd.DataFrame({"channel": returns.index, "found": found, "sd": sd.to_numpy()})


def claims(tests: pd.DataFrame, claimed: Mapping[str, float]) -> pd.DataFrame:
    """The tests as calibration has them, per unit of spend."""
    table = pd.DataFrame(
        {
            "experiment": [f"{c} {i}" for i, c in enumerate(tests["channel"])],
            "channel": tests["channel"],
            "lift": tests["found"],
            "lift_sd": tests["sd"],
            "claimed": tests["channel"].map(claimed),
        }
    )
    return table.assign(claim_sd=CLAIM_SD, used=True, reason="").reindex(columns=CLAIM_COLUMNS)


def calibrate_all(
    credits: pd.DataFrame, claimed: pd.DataFrame, tests: pd.DataFrame, seed: int
) -> dict[str, Calibration]:
    """Every model of credit, calibrated by the same tests."""
    channels, late = sorted(claimed["channel"].unique()), compute_lateness(credits)
    named = {"stages": STAGES, "lateness": late, "draws": FEW, "seed": seed}
    by_model = {
        m: own.set_index("channel")["claimed_return"] for m, own in claimed.groupby("model", sort=False)
    }
    return {m: calibrate(claims(tests, per.to_dict()), channels, **named) for m, per in by_model.items()}


def fit_mix_model(world: MarketWorld, truth: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the returns over the last year (c,) by a linear regression with normal priors."""
    weeks, regions = world.outcome.shape
    media = [_last_year_unit(world.amounts[c], truth.loc[c, "spend"]) for c in truth.index]
    t = np.arange(weeks)
    waves = [f(2 * np.pi * k * t / 52.18) for k in (1, 2, 3) for f in (np.sin, np.cos)]
    shared = np.column_stack([t / weeks, (t / weeks) ** 2, *waves])
    controls = [np.broadcast_to(v.reshape(weeks, -1), (weeks, regions)) for v in world.controls.values()]
    size = world.outcome.mean(axis=0)
    scaled = [((c - c.mean()) / (c.std() + 1e-9))[..., None] for c in controls]
    rows = [np.repeat(shared[:, None], regions, axis=1), *scaled]
    fixed = np.broadcast_to(np.eye(regions), (weeks, regions, regions))
    nuisance = np.concatenate([*rows, fixed], axis=2).reshape(weeks * regions, -1)
    y = (world.outcome / size).ravel()
    x = np.stack([(m / size).ravel() for m in media], axis=1)
    x, y = (v - nuisance @ np.linalg.lstsq(nuisance, v, rcond=None)[0] for v in (x, y))
    noise = _noise(x, y, nuisance.shape[1])
    precision = x.T @ x / noise**2 + np.eye(x.shape[1]) / PRIOR_SD**2
    covariance = np.linalg.inv(precision)
    return covariance @ (x.T @ y / noise**2 + PRIOR_MEAN / PRIOR_SD**2), covariance


def _last_year_unit(amount: np.ndarray, spend: float) -> np.ndarray:
    """(weeks, regions) saturated, carried-over media, in units such that the coefficient is the last year's return."""
    weights = ALPHA ** np.arange(L_MAX)
    carried = np.stack([np.convolve(a, weights / weights.sum())[: len(a)] for a in amount.T], axis=1)
    saturated = carried / (carried + carried.mean(axis=0) + 1e-9) * carried.mean(axis=0)
    return (saturated * spend / saturated[-YEAR:].sum())[LEAD_IN:]


def _noise(x: np.ndarray, y: np.ndarray, columns: int) -> float:
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(np.sqrt((left**2).sum() / (len(y) - columns - x.shape[1])))


def with_tests(
    mean: np.ndarray, covariance: np.ndarray, tests: pd.DataFrame, channels: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The same posterior after the tests as rows of the likelihood."""
    at = np.zeros((len(tests), len(channels)))
    at[np.arange(len(tests)), [list(channels).index(c) for c in tests["channel"]]] = 1
    weight = at.T / tests["sd"].to_numpy() ** 2
    after = np.linalg.inv(np.linalg.inv(covariance) + weight @ at)
    return after @ (np.linalg.solve(covariance, mean) + weight @ tests["found"].to_numpy()), after


def error(estimate: pd.Series, truth: pd.DataFrame) -> float:
    """Money wrongly given to channels, over what they truly brought together."""
    own = truth.loc[estimate.index]
    return float((estimate * own["spend"] - own["incremental"]).abs().sum() / own["incremental"].sum())


def join_once(seed: int) -> dict[str, float]:
    """Errors of the mix model with tests, of calibrated credit, and of both together, on the channels in journeys."""
    world = simulate_company(seed, markets=[MARKET], experiments={}).markets[MARKET]
    truth = true_effects(world)
    credits = simulate_credits(world, truth, seed)
    claimed = claimed_returns(credits, truth)
    seen = sorted(claimed["channel"].unique())
    chosen = np.random.default_rng([52, seed]).choice(seen, TESTED, replace=False)
    tests = simulate_tests(truth, chosen, seed)
    calibrations = calibrate_all(credits, claimed, tests, seed)
    channels, calibrated = mix(calibrations, claimed)
    names = list(truth.index)
    mean, covariance = with_tests(*fit_mix_model(world, truth), tests, names)
    draws = np.random.default_rng([53, seed]).multivariate_normal(mean, covariance, DRAWS)
    place = [names.index(c) for c in tests["channel"]]
    known = lifts_log_likelihood(draws[:, place], tests["found"].to_numpy(), tests["sd"].to_numpy())
    where = [names.index(c) for c in channels]
    late = compute_lateness(credits)
    density = log_density(
        draws[:, where],
        claimed.pivot(index="model", columns="channel", values="claimed_return")[channels].to_numpy(),
        [STAGES[c] for c in channels],
        Tests(
            np.array([channels.index(c) for c in tests["channel"]]),
            *(tests[name].to_numpy() for name in ("found", "sd")),
            *(np.full(len(tests), value) for value in (1.0, CLAIM_SD)),
        ),
        lateness=np.array([late.get(c, 0.0) for c in channels]),
        widen=float(np.median([own.transfer for own in calibrations.values()])),
    )
    joined = unify(density, known, seed=seed)
    row = {
        "seed": seed,
        "tested": "|".join(tests["channel"]),
        "pareto_k": joined.pareto_k,
        "joined": joined.used,
    }
    found = {"mmm": draws[:, where], "calibrated": calibrated, "unified": draws[joined.rows][:, where]}
    raw = claimed.groupby("channel")["claimed_return"].mean().loc[channels]
    row["error_raw"] = error(raw, truth)
    for name, own in found.items():
        row[f"error_{name}"] = error(pd.Series(np.median(own, axis=0), index=channels), truth)
    return row


def claimed_returns(credits: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Credit per unit of spend of the paid channels, by model."""
    own = credits[credits["channel"].isin(truth.index)]
    spend = own["channel"].map(truth["spend"])
    return own[["model", "channel"]].assign(
        claimed_return=(own["credit_value"] / spend).clip(lower=1e-6).to_numpy()
    )


def transfer_once(seed: int, *, each: int) -> list[dict]:
    """Share errors of every raw model and of calibrated credit; each test (`each` a channel) left out in turn.

    Shares are of all conversions, as credit states them; a channel's calibrated share is the one that was computed
    without its (or, with more than one, without the left-out) test.
    """
    world = simulate_company(seed, markets=[MARKET], experiments={}).markets[MARKET]
    truth = true_effects(world)
    credits = simulate_credits(world, truth, seed)
    claimed = claimed_returns(credits, truth)
    total = float(credits.groupby("model")["credit_value"].sum().median())
    tests = simulate_tests(truth, sorted(claimed["channel"].unique()), seed, each=each)
    rows = []
    for e in range(0, len(tests), each):
        channel = tests["channel"][e]
        others = tests.drop(index=e).reset_index(drop=True)
        channels, draws = mix(calibrate_all(credits, claimed, others, seed), claimed)
        money = float(np.median(draws[:, channels.index(channel)]) * truth.loc[channel, "spend"])
        rows.append({"seed": seed, "channel": channel, "model": "calibrated", "share": money / total})
    raw = credits[credits["channel"].isin(truth.index)]
    shares = (raw["credit_value"] / total).tolist()
    rows += [
        {"seed": seed, "channel": c, "model": m, "share": share}
        for c, m, share in zip(raw["channel"], raw["model"], shares, strict=True)
    ]
    return [row | {"truth": truth.loc[row["channel"], "incremental"] / total} for row in rows]


@cache
def run_transfer(each: int) -> pd.DataFrame:
    return pd.DataFrame([row for seed in SEEDS for row in transfer_once(seed, each=each)])


@cache
def run_joined() -> pd.DataFrame:
    return pd.DataFrame([join_once(seed) for seed in SEEDS])


def measure_transfer(each: int) -> Measurement:
    """Mean share error of calibrated credit, over that of the best raw model."""
    rows = run_transfer(each)
    errors = rows.assign(error=(rows["share"] - rows["truth"]).abs()).groupby("model")["error"].mean()
    return Measurement(float(errors["calibrated"] / errors.drop("calibrated").min()), rows.to_dict("records"))


def upper_ratio(rows: pd.DataFrame, rival: str) -> tuple[float, float, float]:
    """Ratio of mean errors, unified over a rival, with its paired 90 % interval over seeds (bootstrap)."""
    pick = np.random.default_rng(54).integers(len(rows), size=(BOOTSTRAP, len(rows)))
    ours, theirs = (rows[f"error_{name}"].to_numpy()[pick].mean(axis=1) for name in ("unified", rival))
    low, high = np.quantile(ours / theirs, [LOWER, UPPER])
    return float(rows["error_unified"].mean() / rows[f"error_{rival}"].mean()), float(low), float(high)


def measure_joined(which: Callable[[pd.DataFrame], float]) -> Measurement:
    rows = run_joined()
    return Measurement(which(rows), rows.to_dict("records"))


def worst_upper(rows: pd.DataFrame) -> float:
    """Upper bound of the error ratio against the harder rival."""
    return max(upper_ratio(rows, rival)[2] for rival in ("mmm", "calibrated"))


FIGURES = (
    Figure("mta.calibrated_error_ratio", "error / best raw model's", 0.5, partial(measure_transfer, 1)),
    Figure("mta.calibrated_error_ratio_left_test", "error / best raw model's", 0.5, partial(measure_transfer, 2)),
    Figure("unified.error_ratio_upper95", "error ratio, upper bound", 1.0, partial(measure_joined, worst_upper)),
    Figure(
        "unified.error_ratio_mmm", "error / mix model's", None,
        partial(measure_joined, lambda rows: upper_ratio(rows, "mmm")[0]),
    ),
    Figure(
        "unified.error_ratio_calibrated", "error / calibrated credit's", None,
        partial(measure_joined, lambda rows: upper_ratio(rows, "calibrated")[0]),
    ),
)  # fmt: skip
