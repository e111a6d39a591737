"""What experiments repair where something hidden drives spend and sales: the ladder's two worlds side by side."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.ladder.tested import compute_ranking, compute_repair
from mmm_helpers.report.words import MISSING, is_missing, percent, significant

NOT_RUN = (
    "The two worlds with a hidden driver, with and without experiments, have not been run on the same seeds."
)
REPAIR_MEANS = (
    "Both worlds are the same but for the experiments: noisy tests of two channels, read in as an analyst would. "
    "The error is how far a return is from the truth, as a share of the truth. Without a test nothing in the data "
    "tells a hidden driver from an effect, and the page of a market says so."
)
WORDS = {"tested": "Tested channels", "untested": "Untested channels"}


def describe_repair(rows: pd.DataFrame) -> str:
    """How far tests bring the returns of tested and of untested channels, and the ranking, as sentences.

    Parameters
    ----------
    rows : raw rows of the ladder.
    """
    repair = compute_repair(rows)
    if repair.empty:
        return NOT_RUN
    own = repair.set_index("channels")
    text = f"Experiments left **{_times(own, 'tested')}** of the error of tested channels"
    if "untested" in own.index:
        text += f", and {_times(own, 'untested')} of that of untested ones"
    ranking = compute_ranking(rows)
    if ranking.empty:
        return f"{text}."
    before, after = (percent(ranking[name].mean()) for name in ("best_without", "best_with"))
    ranks = [significant(ranking[name].mean()) for name in ("rank_without", "rank_with")]
    return (
        f"{text}. The channel that returns most is named rightly in **{after}** of regions instead of {before}, and "
        f"the order of channels agrees with the truth with a rank correlation of {ranks[1]} instead of {ranks[0]}."
    )


def _times(own: pd.DataFrame, channels: str) -> str:
    if channels not in own.index or is_missing(own.loc[channels, "ratio"]):
        return MISSING
    row = own.loc[channels]
    return f"{percent(row['ratio'])} ({percent(row['ratio_q05'])} to {percent(row['ratio_q95'])})"


def compute_repair_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per kind of channel, as text; no rows where the worlds have not been run."""
    repair = compute_repair(rows)
    return pd.DataFrame(
        [
            {
                "Channels": WORDS[row.channels],
                "Worlds": f"{row.seeds}",
                "Numbers": f"{row.cells}",
                "Mean error without tests": percent(row.error_without),
                "Mean error with tests": percent(row.error_with),
                "What is left": f"{percent(row.ratio)} ({percent(row.ratio_q05)}–{percent(row.ratio_q95)})",
            }
            for row in repair.itertuples()
        ]
    )
