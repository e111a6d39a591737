"""Sentences and the table about what such plans gained in simulated worlds whose truth is known."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.decisions.capture_rows import summarise_capture
from mmm_helpers.ladder.binomial import upper_limit
from mmm_helpers.report.words import count, is_missing, percent, percent_interval

NOT_MEASURED = (
    "How much of the possible gain such plans realise was not measured yet in worlds with known truth."
)
NAMES = {
    "capture": "The plan of this report",
    "capture_optimizer": "A stock optimizer on the same model, which asks for no evidence",
    "capture_equal_split": "An equal split",
    "capture_percent_of_revenue": "The same percentage of revenue in every region",
}
CAPTURE_MEANS = (
    "100 % is the best plan within the same bounds, known because the truth is; 0 is today's plan, and so is "
    "raising or cutting in proportion to spend. What the optimizer realises beyond the report's plan is what "
    "caution costs where the model is right."
)


def describe_capture(rows: pd.DataFrame) -> str:
    """How much of what was there to gain such plans realised in simulated worlds, and in how many they did harm.

    Parameters
    ----------
    rows : result of `load_capture`.
    """
    if rows.empty:
        return NOT_MEASURED
    found, worse = summarise_capture(rows), rows["capture"] < 0
    withheld, worlds = int((~rows["advice"].astype(bool)).sum()), count(len(rows), "simulated world")
    text = (
        f"In {worlds} like the demo's Germany, in which today's plan was "
        f"{percent(rows['gap'].min(), digits=1)} to {percent(rows['gap'].max(), digits=1)} behind the best one, the "
        f"plan realised **{_share(found, 'capture')}** of what was there to gain on average; least, "
        f"{percent(rows['capture'].min())}, in world {int(rows.loc[rows['capture'].idxmin(), 'seed'])}. It was worse "
        f"than today's in **{worse.sum()} of {len(rows)}**, which leaves at most "
        f"{percent(upper_limit(worse, [1] * len(rows)))} of such worlds (95 % sure)."
    )
    if withheld:
        text += f" In {withheld} of them the health check withheld advice, which counts as nothing gained."
    if not is_missing(found.loc["capture_own_bounds", "value"]):
        text += (
            f" In the cells that it may move it realised {_share(found, 'capture_own_bounds')} of what they could "
            "gain; the others stay where they are because their return is not known well enough, and what they could "
            "gain is left."
        )
    return f"{text} {describe_kept(rows)}".rstrip()


def describe_kept(rows: pd.DataFrame) -> str:
    """What of the gain that plans foretold came true in simulated worlds, as a sentence beside a gain; may be empty."""
    if rows.empty or is_missing(summarise_capture(rows).loc["realised_over_predicted", "value"]):
        return ""
    worlds = count(int(rows["advice"].astype(bool).sum()), "simulated world")
    kept = _share(summarise_capture(rows), "realised_over_predicted")
    return f"In {worlds} such plans brought {kept} of the gain that they foretold."


def compute_capture_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each way to plan, as text: what it captures on average, at worst, at best, and how often it harms."""
    found = summarise_capture(rows)
    return pd.DataFrame(
        {
            "Way to plan": name,
            "Realised on average": _share(found, rule),
            "Least": percent(rows[rule].min()),
            "Most": percent(rows[rule].max()),
            "Worse than today": f"{(rows[rule] < 0).sum()} of {len(rows)}",
        }
        for rule, name in NAMES.items()
    )


def _share(found: pd.DataFrame, figure: str) -> str:
    value, low, high = found.loc[figure, ["value", "low", "high"]]
    return percent(value) if is_missing(low) else percent_interval(value, low, high)
