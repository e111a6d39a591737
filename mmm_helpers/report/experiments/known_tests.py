"""The truth about experiments, where data are simulated; real data have none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

TRUTH_FILE = Path("truth") / "experiments.csv"
PEOPLE_FILES = (Path("truth") / "holdout.csv", Path("truth") / "holdout_curve.csv")
SAME_SPEND = 0.02
"""Share by which a test's spend may differ for the truth to be that of these data."""


def read_true_tests(folder: Path) -> pd.DataFrame | None:
    """The truth about experiments that lies beside a portfolio file; None if there is none.

    Parameters
    ----------
    folder : of the portfolio file.
    """
    path = folder / TRUTH_FILE
    if not path.exists():
        return None
    return pd.read_csv(path, dtype={"market": str, "regions": str}, keep_default_na=False, na_values=[""])


def find_true_returns(
    truth: pd.DataFrame | None, experiments: pd.DataFrame, *, market: str, rate: float = 1.0
) -> dict[str, float]:
    """Experiment → true return of the spend that it moved; empty for real data, or where the truth is of other data.

    Parameters
    ----------
    truth : result of `read_true_tests`. experiments : rows of the table of that name.
    rate : reporting currency for one unit of the market's, in which the truth is.
    """
    if truth is None:
        return {}
    own = truth[truth["market"] == market].set_index("experiment")
    found = {}
    for row in experiments.to_dict("records"):
        if row["experiment"] in own.index:
            true = own.loc[row["experiment"]]
            if abs(true["spend_change"] * rate / row["spend_change"] - 1) < SAME_SPEND:
                found[row["experiment"]] = float(true["iroas"])
    return found


def read_true_uplift(
    folder: Path, *, market: str, channel: str
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """True uplift of groups of people, and the best curve that a ranking could reach; None where unknown.

    Parameters
    ----------
    folder : of the portfolio file.
    """
    found = []
    for path in PEOPLE_FILES:
        if not (folder / path).exists():
            return None, None
        table = pd.read_csv(folder / path, dtype={"market": str, "region": str}, keep_default_na=False)
        found.append(
            table[(table["market"] == market) & (table["channel"] == channel)].reset_index(drop=True)
        )
    return (found[0], found[1]) if len(found[0]) else (None, None)
