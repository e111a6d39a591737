"""Uplift among people of whom a part was left out by lot: differences in means, and a T-learner for the single user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from threadpoolctl import threadpool_limits

from mmm_helpers.intervals import LOWER, SUFFIXES, UPPER

ALL = "all"
LEVELS = ((), ("segment",), ("region",), ("region", "segment"))
"""Groupings of every table: everybody, by segment, by region, by both."""
FOLDS = 5
FEW_USERS, FEW_CONVERSIONS = 30, 5
"""With fewer in an arm of a group its interval is not to be trusted."""
BOOSTING = {
    "max_iter": 60, "learning_rate": 0.05, "max_leaf_nodes": 4, "min_samples_leaf": 100, "l2_regularization": 10.0,
}  # fmt: skip
"""Small, slow trees: the difference of two fits that chase noise is all noise."""
UPLIFT_COLUMNS = [
    "region", "segment", "treated", "control", "treated_mean", "control_mean", *(f"uplift_{s}" for s in SUFFIXES),
    "sd", "marked",
]  # fmt: skip


def compute_simple_uplift(users: pd.DataFrame, *, outcome: str = "converted") -> pd.DataFrame:
    """Difference of the arms' means with its 90 % interval, for everybody, by segment, by region and by both.

    The variance of the difference is the sum of the arms' own variances of their means (Neyman 1923), which leans to
    the safe side.

    Parameters
    ----------
    users : a row each: region, segment, treated (0 or 1), converted (0 or 1) and `outcome`.
    outcome : column to compare: converted (difference of shares) or value (money for each user).

    Returns
    -------
    region and segment (`all` where not split), treated and control (users in each arm), treated_mean, control_mean,
    uplift_mean, uplift_q05, uplift_q50, uplift_q95, sd, marked (why with caution; else empty).

    Examples
    --------
    >>> users = pd.DataFrame({"region": "East", "segment": "new", "treated": [1, 1, 0, 0], "converted": [1, 0, 0, 0]})
    >>> float(compute_simple_uplift(users)["uplift_mean"].iloc[0])
    0.5
    """

    def difference(group: pd.DataFrame) -> dict[str, float]:
        one, other = (group.loc[group["treated"] == arm, outcome] for arm in (1, 0))
        spread = one.var() / max(len(one), 1) + other.var() / max(len(other), 1)
        return _normal(one.mean() - other.mean(), np.sqrt(spread))

    return _by_level(users, outcome, difference)


def predict_uplift(
    users: pd.DataFrame, *, outcome: str = "converted", rng: np.random.Generator, folds: int = FOLDS
) -> pd.DataFrame:
    """Each user's outcome with and without treatment, by a T-learner that has not seen the user.

    One model (gradient-boosted trees) is fitted to the treated, one to the left out, and their difference is the
    uplift (Künzel, Sekhon, Bickel & Yu 2019). Users are split into folds within each arm; who is in a fold is
    predicted from the others, so that a ranking by the prediction can be judged on the very same users.

    Parameters
    ----------
    users : as for `compute_simple_uplift`; features are its columns x_*, the segment and the region.
    rng : draws the folds.

    Returns
    -------
    without, with_treatment, uplift, indexed as `users`.

    Raises
    ------
    ValueError : an arm has fewer users than there are folds.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> users = pd.DataFrame({"region": "East", "segment": "new", "treated": [1, 0] * 300, "x_age": 20})
    >>> users["converted"] = users["treated"] * ([1, 1, 0, 0] * 150)
    >>> predict_uplift(users, rng=rng)["uplift"].round(1).unique().tolist()
    [0.5]
    """
    smallest = int(users["treated"].value_counts().reindex([0, 1], fill_value=0).min())
    if smallest < folds:
        raise ValueError(
            f"Each arm needs a user for each of the {folds} folds. Got {smallest} in one instead."
        )
    import sklearn.ensemble  # noqa: F401  before the limit, which reaches only what is loaded

    # Small trees gain nothing from threads, and lose much where other programs hold the cores.
    with threadpool_limits(limits=1):
        found = _cross_fit(users, outcome, _folds(users["treated"].to_numpy(), folds, rng))
    table = pd.DataFrame(found, index=users.index, columns=["without", "with_treatment"])
    return table.assign(uplift=table["with_treatment"] - table["without"])


def compute_learner_uplift(
    users: pd.DataFrame, predicted: pd.DataFrame, *, outcome: str = "converted"
) -> pd.DataFrame:
    """Mean uplift by the T-learner, corrected by what it got wrong, with its 90 % interval; groups as the simple one's.

    A prediction shrinks what it has little data for, so its group means are off by an unknown amount. Adding each
    user's own error over the chance of the user's arm makes them unbiased whatever the model, since the lot is known
    (augmented inverse probability weighting: Robins, Rotnitzky & Zhao 1994; cross-fitted: Chernozhukov et al. 2018).
    Where the features foretell the outcome the interval is shorter than that of the simple difference.

    Parameters
    ----------
    users : as for `compute_simple_uplift`. predicted : result of `predict_uplift` for the same outcome.

    Returns
    -------
    As `compute_simple_uplift`.

    Raises
    ------
    ValueError : a region with one arm only.
    """
    share = users.groupby("region")["treated"].transform("mean")
    if not share.between(0, 1, inclusive="neither").all():
        raise ValueError("Each region needs treated users and some who were left out.")
    error = {
        1: (users[outcome] - predicted["with_treatment"]) / share,
        0: -(users[outcome] - predicted["without"]) / (1 - share),
    }
    scores = users.assign(score=predicted["uplift"] + error[1].where(users["treated"] == 1, error[0]))

    def mean(group: pd.DataFrame) -> dict[str, float]:
        return _normal(group["score"].mean(), group["score"].std() / np.sqrt(len(group)))

    return _by_level(scores, outcome, mean)


def difference_p_value(uplift: pd.DataFrame, *, by: str) -> float:
    """Chance that groups with one and the same uplift show estimates as different as these (Cochran 1954).

    Parameters
    ----------
    uplift : result of a `compute_*_uplift`. by : segment or region; the other is `all`.

    Returns
    -------
    NaN if fewer than two groups have an interval.

    Examples
    --------
    >>> rows = {"region": "all", "segment": ["new", "old"], "uplift_mean": [0.02, 0.02], "sd": [0.01, 0.01]}
    >>> difference_p_value(pd.DataFrame(rows), by="segment")
    1.0
    """
    other = {"segment": "region", "region": "segment"}[by]
    rows = uplift[(uplift[other] == ALL) & (uplift[by] != ALL) & (uplift["sd"] > 0)]
    if len(rows) < 2:
        return float("nan")
    weight = 1 / rows["sd"] ** 2
    common = (weight * rows["uplift_mean"]).sum() / weight.sum()
    return float(chi2.sf((weight * (rows["uplift_mean"] - common) ** 2).sum(), len(rows) - 1))


def compute_arm_balance(users: pd.DataFrame) -> pd.DataFrame:
    """Were the arms alike before: features, and shares of segments and regions.

    Returns
    -------
    what, treated and control (means; shares for segments and regions), difference_sd (in sds between users; NaN
    where these do not differ), p_value (of such a difference by lot, two-sided normal).

    Examples
    --------
    >>> users = pd.DataFrame({"region": "East", "segment": "new", "treated": [1, 0, 1, 0], "x_age": [20, 30, 30, 20]})
    >>> compute_arm_balance(users)["difference_sd"].tolist()
    [0.0]
    """
    traits = users.filter(like="x_").astype(float)
    traits = traits.rename(columns=lambda name: name.removeprefix("x_"))
    for name in ("segment", "region"):
        if users[name].nunique() > 1:
            traits = traits.join(pd.get_dummies(users[name], prefix=name, prefix_sep=" ", dtype=float))
    one, other = traits[users["treated"] == 1], traits[users["treated"] == 0]
    gap, spread = one.mean() - other.mean(), np.sqrt((one.var() + other.var()) / 2)
    error = np.sqrt(one.var() / len(one) + other.var() / len(other))
    table = {"treated": one.mean(), "control": other.mean(), "difference_sd": gap / spread.where(spread > 0)}
    chance = 2 * norm.sf((gap / error.where(error > 0)).abs())
    return pd.DataFrame(table).assign(p_value=chance).rename_axis("what").reset_index()


def _by_level(
    users: pd.DataFrame, outcome: str, summarize: Callable[[pd.DataFrame], dict[str, float]]
) -> pd.DataFrame:
    """Rows of every grouping; splitting by what does not differ is left out."""
    rows = []
    for level in LEVELS:
        if any(users[name].nunique() < 2 for name in level):
            continue
        groups = users.groupby(list(level), observed=True) if level else [((), users)]
        for key, group in groups:
            names = {"region": ALL, "segment": ALL} | dict(zip(level, key, strict=True))
            rows.append(names | _arms(group, outcome) | summarize(group))
    return pd.DataFrame(rows, columns=UPLIFT_COLUMNS)


def _arms(group: pd.DataFrame, outcome: str) -> dict[str, Any]:
    """Size and mean of each arm, and whether they are too small."""
    one, other = group[group["treated"] == 1], group[group["treated"] == 0]
    few = min(len(one), len(other)) < FEW_USERS
    bought = min(arm["converted"].sum() for arm in (one, other))
    marked = "few users in an arm" if few else "few conversions in an arm" if bought < FEW_CONVERSIONS else ""
    means = {"treated_mean": one[outcome].mean(), "control_mean": other[outcome].mean()}
    return {"treated": len(one), "control": len(other), **means, "marked": marked}


def _normal(mean: float, sd: float) -> dict[str, float]:
    values = (mean, *(mean + sd * norm.ppf([LOWER, 0.5, UPPER])))
    return {f"uplift_{s}": float(v) for s, v in zip(SUFFIXES, values, strict=True)} | {"sd": float(sd)}


def _cross_fit(users: pd.DataFrame, outcome: str, fold: np.ndarray) -> np.ndarray:
    """(n, 2) outcome without and with treatment, each fold from models of the other folds."""
    features, known = _features(users), users[outcome].to_numpy(dtype=float)
    found = np.empty((len(users), 2))
    for held in np.unique(fold):
        for arm in (0, 1):
            rows = (fold != held) & (users["treated"].to_numpy() == arm)
            found[fold == held, arm] = _fit(features[rows], known[rows])(features[fold == held])
    return found


def _features(users: pd.DataFrame) -> pd.DataFrame:
    """What the models may look at; segment and region as categories of all users, the same in every fold."""
    names = users[["segment", "region"]].astype("category")
    return names.join(users.filter(like="x_").astype(float))


def _folds(treated: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """A fold for each user, drawn so that each has its part of both arms."""
    fold = np.empty(len(treated), dtype=int)
    for arm in (0, 1):
        size = int((treated == arm).sum())
        fold[treated == arm] = rng.permutation(np.arange(size) % folds)
    return fold


def _fit(features: pd.DataFrame, outcome: np.ndarray) -> Callable[[pd.DataFrame], np.ndarray]:
    """The prediction function of one arm: chances for an outcome of 0 and 1, else means."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    options = {**BOOSTING, "categorical_features": "from_dtype", "early_stopping": False, "random_state": 0}
    if np.ptp(outcome) == 0:
        return lambda rows: np.full(len(rows), outcome[0])
    if np.isin(outcome, (0, 1)).all():
        chances = HistGradientBoostingClassifier(**options).fit(features, outcome)
        return lambda rows: chances.predict_proba(rows)[:, 1]
    return HistGradientBoostingRegressor(**options).fit(features, outcome).predict
