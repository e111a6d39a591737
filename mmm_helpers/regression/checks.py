"""What speaks for and against a regression: can its columns be told apart, and what is left in its residuals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
from statsmodels.stats.stattools import durbin_watson, jarque_bera
from statsmodels.tsa.stattools import acf

from mmm_helpers.intervals import UPPER
from mmm_helpers.report.marks import chip
from mmm_helpers.report.words import join

SOME_INFLATION, HIGH_INFLATION = 5.0, 10.0
"""Variance inflation from which a channel is hard, and hardly at all, told apart (rules of thumb)."""

SOME_CONDITION, HIGH_CONDITION = 10.0, 30.0
"""Condition numbers of standardised columns from which collinearity is moderate and strong (the square roots
of the 100 and 1,000 of Montgomery, Peck and Vining 2012, rounded)."""

UNRELATED = (1.5, 2.5)
"""Durbin–Watson values at which neighbouring residuals are taken as unrelated."""

RARE = 0.05
"""Chance of such residuals, if all were well, below which a check asks for a look."""


def compute_inflation(columns: pd.DataFrame) -> pd.Series:
    """Variance inflation of each column, the constant left out: 1 / (1 − R²) of it on the others.

    Parameters
    ----------
    columns : the constant first; no column is an exact combination of others.

    Returns
    -------
    Series by column: how many times as uncertain its coefficient's variance is as it would be if it moved
    unlike all others. Diagonal of the inverse correlation matrix.
    """
    correlation = columns.iloc[:, 1:].corr()
    return pd.Series(np.diag(np.linalg.inv(correlation.to_numpy())), index=correlation.index)


def compute_condition(columns: pd.DataFrame) -> float:
    """Condition number of the standardised columns, the constant left out: 1 if none moves like another."""
    values = np.linalg.eigvalsh(columns.iloc[:, 1:].corr().to_numpy())
    return float(np.sqrt(values[-1] / values[0]))


def judge_inflation(value: float) -> str:
    """A variance inflation in plain words.

    Examples
    --------
    >>> judge_inflation(1.4), judge_inflation(7.0), judge_inflation(25.0)
    ('can be told apart', 'is hard to tell apart', 'can hardly be told apart')
    """
    if value < SOME_INFLATION:
        return "can be told apart"
    return "is hard to tell apart" if value < HIGH_INFLATION else "can hardly be told apart"


def judge_condition(value: float) -> str:
    """A condition number in plain words."""
    if value < SOME_CONDITION:
        return f"below the {SOME_CONDITION:.0f} from which coefficients trade places easily"
    if value < HIGH_CONDITION:
        return "some columns move alike, and their coefficients trade places easily"
    return "columns move so much alike that small changes of the data change the coefficients much"


def tabulate_inflation(columns: pd.DataFrame, *, names: Mapping[str, str]) -> pd.DataFrame:
    """Variance inflation of every column with its verdict, largest first.

    Parameters
    ----------
    columns : the constant first.
    names : column → name for readers.
    """
    values = compute_inflation(columns).sort_values(ascending=False)
    return pd.DataFrame(
        {
            "Column": [names.get(c, c) for c in values.index],
            "Variance inflation": values.round(1).to_numpy(),
            "Interval widened": [f"{np.sqrt(v):.1f} times" for v in values],
            "Verdict": [judge_inflation(v) for v in values],
        }
    )


def describe_collinearity(columns: pd.DataFrame, *, channels: Sequence[str], names: Mapping[str, str]) -> str:
    """Whether the columns can be told apart, as sentences with the largest inflations and the condition number.

    Parameters
    ----------
    columns : the constant first.
    channels : columns that are channels.
    names : column → name for readers.
    """
    values, condition = compute_inflation(columns), compute_condition(columns)
    channel, worst = values[list(channels)].idxmax(), values.idxmax()
    high = int((values >= SOME_INFLATION).sum())
    return (
        f"Of the channels, **{names.get(channel, channel)}** is the least separable: its variance is inflated "
        f"**{values[channel]:.1f}** times (VIF), which widens its interval {np.sqrt(values[channel]):.1f} times; "
        f"it {judge_inflation(values[channel])}. Of all {len(values)} columns, "
        f"{names.get(worst, worst)} has the largest inflation ({values[worst]:.1f}), and "
        f"{high or 'none'} reach{'es' if high == 1 else ''} {SOME_INFLATION:.0f}. The condition number is "
        f"**{condition:.1f}**: {judge_condition(condition)}."
    )


def count_lags(periods: int) -> int:
    """Lags that the Ljung–Box test and the chart of autocorrelations look at: ten, or a fifth of the periods."""
    return max(1, min(10, periods // 5))


def check_residuals(residuals: pd.Series, columns: pd.DataFrame) -> pd.DataFrame:
    """Four checks of what is left over.

    Parameters
    ----------
    residuals : by date.
    columns : what was regressed on, the constant first.

    Returns
    -------
    DataFrame with `check, status` (pass or review), `value, meaning`.
    """
    lags = count_lags(len(residuals))
    watson = float(durbin_watson(residuals))
    white = float(acorr_ljungbox(residuals, lags=[lags])["lb_pvalue"].iloc[0])
    even = float(het_breuschpagan(residuals, columns)[1])
    normal = float(jarque_bera(residuals)[1])
    rows = [
        ("Durbin–Watson", UNRELATED[0] <= watson <= UNRELATED[1], watson, *_NEIGHBOURS),
        (f"Ljung–Box p, {lags} lags", white >= RARE, white, *_RUNS),
        ("Breusch–Pagan p", even >= RARE, even, *_SPREAD),
        ("Jarque–Bera p", normal >= RARE, normal, *_SHAPE),
    ]
    return pd.DataFrame(
        [(name, "pass" if good else "review", value, *words) for name, good, value, *words in rows],
        columns=["check", "status", "value", "if_pass", "if_review"],
    ).pipe(_with_meaning)


def describe_checks(checks: pd.DataFrame) -> str:
    """How many checks of the residuals passed, as a sentence."""
    failing = [c.removesuffix(" p").split(" p,")[0] for c in checks.loc[checks["status"] != "pass", "check"]]
    text = f"**{len(checks) - len(failing)} of {len(checks)}** checks of the residuals passed"
    return f"{text}; worth a look: {join(failing)}." if failing else f"{text}."


def check_formats() -> dict[str, Callable[[object], str]]:
    """How the column of statuses is written on a page."""
    return {"status": lambda s: chip(str(s))}


def compute_autocorrelation(residuals: pd.Series) -> pd.DataFrame:
    """Correlation of residuals with those some periods earlier, and the bound that noise stays under.

    Returns
    -------
    DataFrame with `lag` (1 on), `correlation` and `bound` (± for 90 % of unrelated series: 1.645 / √n).
    """
    lags = count_lags(len(residuals))
    values = acf(residuals.to_numpy(), nlags=lags, fft=False)[1:]
    bound = float(norm.ppf(UPPER)) / np.sqrt(len(residuals))
    return pd.DataFrame({"lag": np.arange(1, lags + 1), "correlation": values, "bound": bound})


def compute_quantiles(residuals: pd.Series) -> pd.DataFrame:
    """Sorted standardised residuals beside the quantiles of a normal at (i − 0.5) / n."""
    ordered = np.sort(residuals.to_numpy())
    places = (np.arange(1, len(ordered) + 1) - 0.5) / len(ordered)
    return pd.DataFrame(
        {"expected": norm.ppf(places), "observed": (ordered - ordered.mean()) / ordered.std()}
    )


def _with_meaning(rows: pd.DataFrame) -> pd.DataFrame:
    meaning = rows["if_pass"].where(rows["status"] == "pass", rows["if_review"])
    return rows[["check", "status", "value"]].assign(meaning=meaning)


_NEIGHBOURS = (
    "Close to 2: a residual says little about the next one.",
    "Far from 2: neighbouring residuals are related, so something that lasts is missing from the regression; "
    "the robust errors allow for it, plain ones would not.",
)
_RUNS = (
    "Such residuals would be ordinary if none followed another.",
    "Residuals follow each other over several periods: a slow driver of demand, or a wrong carry-over, is "
    "not seen.",
)
_SPREAD = (
    "The noise looks equally large at all times.",
    "The noise is larger at some times than at others, often with high sales; the robust errors allow for it.",
)
_SHAPE = (
    "The residuals look like a bell curve.",
    "A few residuals are larger than a bell curve has: look for events (strikes, stock-outs, promotions) that "
    "no column knows.",
)
