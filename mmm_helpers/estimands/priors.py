"""What the model thinks before the data: every prior as a row, and what the priors mean for shares and returns.

Parameters mean little to a reader; what they amount to does. Draws from the priors go through the same functions as
the posterior, so that both stand beside each other in the same units.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mmm_helpers.estimands.effects import compute_joint_effect, windows
from mmm_helpers.estimands.money import Money
from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER, summarize
from mmm_helpers.model.areas import MARKET
from mmm_helpers.model.design import Design
from mmm_helpers.model.noise_draws import future_noise
from mmm_helpers.model.predict import components
from mmm_helpers.model.prior_draws import draw_priors
from mmm_helpers.model.priors import SHARE_SOURCE, PriorOf, priors_of

PRIOR_DRAWS = 1000
PREDICTIVE_COLUMNS = [
    "market", "quantity", "channel",
    *(f"prior_{s}" for s in SUFFIXES), *(f"posterior_{s}" for s in SUFFIXES), "observed",
]  # fmt: skip
PRIOR_COLUMNS = [
    "market", "parameter", "channel", "prior_q05", "prior_q50", "prior_q95", "stated", "says", "source"
]  # fmt: skip
USED_BY = {
    "alpha": ("geometric", "delayed"),
    "delay": ("delayed",),
    "weibull_shape": ("weibull",),
    "weibull_scale": ("weibull",),
    "slope": ("hill",),
}
"""Parameter → families that have it; the others of a channel's axis are shared by all families."""

Quantities = dict[tuple[str, str], np.ndarray]
"""(quantity, channel or `all`) → draws."""


def compute_prior_predictive(
    design: Design,
    money: Money,
    *,
    summary: pd.DataFrame,
    effects: pd.DataFrame,
    contributions: pd.DataFrame,
    predicted: np.ndarray,
    pooling: str = "partial",
    seed: int = 0,
) -> pd.DataFrame:
    """What the model held possible before the data beside what it does after them, and what was observed.

    Parameters
    ----------
    summary, effects, contributions : tables `market_summary`, `channel_effects` and `contributions`, from which the
        posterior is taken, so that it is the same number as elsewhere.
    predicted : (sample, t, r) outcome draws of the posterior, noise included.
    pooling : over regions, as the market was fitted.

    Returns
    -------
    One row per quantity and channel: `media_share` (all channels) and `share` (each), landed contribution over
    fitted outcome in the last window; `roas` in that window, `all` being everything that is paid for together;
    `outcome_mean`, `outcome_lowest` and `outcome_highest` of a period, over the cells of the likelihood, with
    what was observed. Columns `PREDICTIVE_COLUMNS`.
    """
    prior = _prior_quantities(design, money, pooling=pooling, seed=seed)
    posterior = _posterior_summaries(summary, effects, contributions)
    posterior |= {k: summarize(v, "posterior") for k, v in _outcomes(design, money, predicted).items()}
    seen = {k: float(v[0]) for k, v in _outcomes(design, money, np.nan_to_num(design.outcome)[None]).items()}
    rows = [
        {"market": design.market, "quantity": key[0], "channel": key[1]}
        | summarize(draws, "prior")
        | posterior[key]
        | {"observed": seen.get(key, np.nan)}
        for key, draws in prior.items()
        if key in posterior
    ]
    return pd.DataFrame(rows, columns=PREDICTIVE_COLUMNS)


def _prior_quantities(design: Design, money: Money, *, pooling: str, seed: int) -> Quantities:
    draws = draw_priors(design, PRIOR_DRAWS, seed, pooling=pooling)
    # Given no data there is nothing to draw a shock from: it comes with the noise.
    parts = components(design, draws.drop_vars("shock_sd", errors="ignore"))
    noise = future_noise(draws, len(design.dates), rng=np.random.default_rng(seed))
    possible = parts["fitted"] + noise * design.outcome_scale
    return _shares(design, money, parts) | _returns(design, draws, money) | _outcomes(design, money, possible)


def _posterior_summaries(
    summary: pd.DataFrame, effects: pd.DataFrame, contributions: pd.DataFrame
) -> dict[tuple[str, str], dict[str, float]]:
    """The same quantities from the market's tables: mean and quantiles by (quantity, channel)."""
    market, total = summary.iloc[0], contributions[contributions["region"] == MARKET]
    last = effects[(effects["region"] == MARKET) & (effects["window"] == effects["window"].iloc[-1])]
    found = {
        ("media_share", MARKET): _as_posterior(market, "media_share"),
        ("roas", MARKET): _as_posterior(market, "roas"),
    }
    found |= {("share", row["group"]): _as_posterior(row, "share") for _, row in total.iterrows()}
    return found | {("roas", row["channel"]): _as_posterior(row, "roas") for _, row in last.iterrows()}


def _as_posterior(row: pd.Series, name: str) -> dict[str, float]:
    return {f"posterior_{s}": float(row[f"{name}_{s}"]) for s in SUFFIXES}


def _shares(design: Design, money: Money, parts: dict[str, np.ndarray]) -> Quantities:
    """Landed contribution of each channel and of all, as a share of the fitted outcome of the last window."""
    window = windows(design)[-1]
    sums = {
        name: part[:, window.start : window.stop].sum(axis=1)
        for name, part in parts.items()
        if name.startswith("channel:") or name == "fitted"
    }
    total = sums.pop("fitted")
    own = {
        ("share", name.partition(":")[2]): money.shown(amount).sum(axis=1) / money.shown(total).sum(axis=1)
        for name, amount in sums.items()
    }
    together = money.money(sum(sums.values())).sum(axis=1) / money.money(total).sum(axis=1)
    return {("media_share", MARKET): together} | own


def _returns(design: Design, draws: xr.Dataset, money: Money) -> Quantities:
    """Returns on the last window's spend, of everything that is paid for together and of each channel."""
    window, paid = windows(design)[-1], [c for c, p in zip(design.channels, design.paid, strict=True) if p]
    found = {}
    for name, channels in {MARKET: paid, **{c: [c] for c in paid}}.items():
        effect = compute_joint_effect(design, draws, channels, window) if channels else None
        spend = float(money.spend(effect.spend).sum()) if effect else 0.0
        if spend > 0:
            found["roas", name] = money.money(effect.incremental).sum(axis=1) / spend
    return found


def _outcomes(design: Design, money: Money, outcome: np.ndarray) -> Quantities:
    """Mean, lowest and highest outcome (sample, t, r) of a period, summed over the cells of the likelihood."""
    used = design.observed.any(axis=1)
    total = (money.shown(outcome) * design.observed).sum(axis=2)[:, used]
    statistics = {"mean": total.mean, "lowest": total.min, "highest": total.max}
    return {(f"outcome_{name}", MARKET): of(axis=1) for name, of in statistics.items()}


def compute_priors(design: Design, settings: dict, money: Money) -> pd.DataFrame:
    """Every prior of the market's model as a row, with its 90 % range, what it says and where it comes from.

    Parameters
    ----------
    settings : the market's specification; a channel's own statement stands in `channels.<c>.prior`.

    Returns
    -------
    Columns `PRIOR_COLUMNS`. The prior of a channel's effect is given as what it means: `return` at mean spend for
    paid channels, `share` of the outcome for others, one row per channel. Of the other parameters, those that
    differ between channels have a row for each channel whose families have them, the rest one row (`all`).
    """
    priors = priors_of(design)
    rows = _effect_rows(design, settings, money, priors.pop("log_effect_market"))
    for name, prior in priors.items():
        low, middle, high = (np.atleast_1d(_quantile(prior, q)) for q in (LOWER, 0.5, UPPER))
        if prior.dims == ("channel",):
            rows += _channel_rows(design, name, prior, low, middle, high)
        else:
            rows.append(_row(name, MARKET, (low[0], middle[0], high[0]), prior.says, prior.source))
    return pd.DataFrame(rows).assign(market=design.market)[PRIOR_COLUMNS]


def _quantile(prior: PriorOf, level: float) -> np.ndarray:
    return prior.constrained(np.asarray(prior.dist.ppf(level)))


def _row(
    name: str, channel: str, ranges: tuple[float, ...], says: str, source: str, stated: bool = False
) -> dict:
    low, middle, high = ranges
    return {
        "parameter": name,
        "channel": channel,
        "prior_q05": low,
        "prior_q50": middle,
        "prior_q95": high,
        "stated": stated,
        "says": says,
        "source": source,
    }


def _channel_rows(
    design: Design, name: str, prior: PriorOf, low: np.ndarray, middle: np.ndarray, high: np.ndarray
) -> list[dict]:
    """One row for each channel that has the parameter, or one for all where they do not differ."""
    families = zip(design.adstock, design.saturation, strict=True)
    has = [name not in USED_BY or bool(set(USED_BY[name]) & set(own)) for own in families]
    ranges = np.broadcast_arrays(low, middle, high, np.zeros(len(has)))[:3]
    cells = {c: own for c, own, h in zip(design.channels, zip(*ranges, strict=True), has, strict=True) if h}
    if len(set(cells.values())) == 1 and all(has):
        cells = {MARKET: next(iter(cells.values()))}
    return [_row(name, c, own, prior.says, prior.source) for c, own in cells.items()]


def _effect_rows(design: Design, settings: dict, money: Money, prior: PriorOf) -> list[dict]:
    """What the prior of each channel's effect means: its return at mean spend, or its share of the outcome."""
    income = money.money(design.outcome_scale * np.ones(len(design.regions)))
    brought = (design.prior_share * income[:, None]).sum(axis=0)
    factors = np.exp([_quantile(prior, q) for q in (LOWER, 0.5, UPPER)])
    rows = []
    for c, channel in enumerate(design.channels):
        spend = money.spend(design.mean_spend[:, c]).sum()
        name, unit = ("return", spend) if design.paid[c] and spend > 0 else ("share", income.sum())
        stated = (settings["channels"].get(channel) or {}).get("prior")
        says, source = _statement(stated) if stated else (prior.says, SHARE_SOURCE)
        ranges = tuple(factors[:, c] * brought[c] / unit)
        rows.append(_row(name, channel, ranges, says, source, bool(stated)))
    return rows


def _statement(stated: dict) -> tuple[str, str]:
    """What the user stated about a channel, in words, and the source that they gave."""
    kind = "roas" if stated.get("roas") else "share"
    low, high = stated[kind]
    what = (
        f"a return of {low:g} to {high:g}"
        if kind == "roas"
        else f"{100 * low:g} to {100 * high:g} % of the outcome"
    )
    return f"stated for this channel: {what} (90 %)", stated["source"]
