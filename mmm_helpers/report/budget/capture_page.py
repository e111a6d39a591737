"""Sentences about what such plans gained in simulated worlds whose truth is known."""

from __future__ import annotations

import pandas as pd

from mmm_helpers.decisions.capture_rows import summarise_capture
from mmm_helpers.report.words import count, is_missing, percent, ratio

NOT_MEASURED = (
    "How much of the possible gain such plans realise was not measured yet in worlds with known truth."
)


def describe_capture(rows: pd.DataFrame) -> str:
    """How much of what was there to gain such plans realised in simulated worlds, and in how many they did harm.

    Parameters
    ----------
    rows : result of `load_capture`.
    """
    if rows.empty:
        return NOT_MEASURED
    found, worse = summarise_capture(rows), int((rows["capture"] < 0).sum())
    withheld, worlds = int((~rows["advice"].astype(bool)).sum()), count(len(rows), "simulated world")
    worst = rows.loc[rows["capture"].idxmin()]
    text = (
        f"In {worlds} like the demo's Germany, in which today's plan was "
        f"{percent(rows['gap'].min(), digits=1)} to {percent(rows['gap'].max(), digits=1)} behind the best one, the "
        f"plan realised **{percent(found['capture_mean'])}** of what was there to gain on average (from "
        f"{percent(worst['capture'])} in world {int(worst['seed'])} to {percent(rows['capture'].max())}). It was worse "
        f"than today's in **{worse} of {len(rows)}**."
    )
    if withheld:
        text += f" In {withheld} of them the health check withheld advice, which counts as nothing gained."
    return text + _beside(found)


def describe_kept(rows: pd.DataFrame) -> str:
    """What of the gain that plans foretold came true in simulated worlds, as a sentence beside a gain; may be empty."""
    kept = summarise_capture(rows)["realised_over_predicted"] if len(rows) else float("nan")
    if is_missing(kept):
        return ""
    worlds = count(int(rows["advice"].astype(bool).sum()), "simulated world")
    return f"In {worlds} such plans brought {percent(kept)} of the gain that they foretold."


def _beside(found: dict[str, float]) -> str:
    """What simple rules realise, and how the predicted gain held."""
    text, own = "", found["capture_own_bounds"]
    if not is_missing(own):
        text = (
            f" In the cells that it may move it realised {percent(own)} of what they could gain; the others stay "
            "where they are because their return is not known well enough, and what they could gain is left."
        )
    text += (
        f" Within the same bounds an equal split realised {percent(found['capture_equal_split'])}, and the same "
        f"percentage of revenue in every region {percent(found['capture_percent_of_revenue'])}; raising or cutting in "
        "proportion to spend is today's plan. A stock optimizer on the same model, which asks for no evidence, "
        f"realised {percent(found['capture_optimizer'])}: that is what caution costs where the model is right. "
    )
    kept = found["realised_over_predicted"]
    if is_missing(kept):
        return text.rstrip()
    return f"{text}For each unit of gain that a plan foretold, {ratio(kept)} came true."
