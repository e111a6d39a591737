"""How good an answer is: effective draws, agreement of chains, and distance from the truth, by one ruler for all."""

from __future__ import annotations

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.peers.exchange import Answer

DIMS = ("chain", "draw", "region", "channel")
SETTLED = 1.01
"""R-hat up to which chains count as agreed."""


def score_cells(contribution: np.ndarray, truth: pd.DataFrame) -> pd.DataFrame:
    """A row per region and channel: truth, mean, 90 % interval, R-hat and effective draws of the contribution.

    Parameters
    ----------
    contribution : (chain, draw, region, channel). truth : (region, channel), in the same order.

    Returns
    -------
    Columns region, channel, truth, mean, q05, q95, rhat, ess_bulk, ess_tail (Vehtari et al. 2021).
    """
    coords = {"region": list(truth.index), "channel": list(truth.columns)}
    draws = xr.Dataset({"x": (DIMS, contribution)}, coords=coords)
    flat = contribution.reshape(-1, *contribution.shape[2:])
    q05, q95 = np.quantile(flat, [0.05, 0.95], axis=0)
    known = {"truth": truth.to_numpy(), "mean": flat.mean(axis=0), "q05": q05, "q95": q95}
    known |= {"rhat": az.rhat(draws)["x"].to_numpy()}
    known |= {f"ess_{m}": az.ess(draws, method=m)["x"].to_numpy() for m in ("bulk", "tail")}
    keys = pd.MultiIndex.from_product(coords.values(), names=list(coords))
    return pd.DataFrame({name: grid.ravel() for name, grid in known.items()}, index=keys).reset_index()


def summarise(answer: Answer, cells: pd.DataFrame) -> dict[str, float]:
    """What a side comes to.

    Returns
    -------
    chains, draws, rhat_max, min_ess_bulk, min_ess_tail, median_ess (of the smaller of bulk and tail), error (root
    mean square error of the means relative to the mean true contribution), covered (share of cells whose truth
    lies in the 90 % interval), and seconds_* by step.
    """
    least = cells[["ess_bulk", "ess_tail"]].min(axis=1)
    miss = np.sqrt(((cells["mean"] - cells["truth"]) ** 2).mean())
    return {
        "chains": answer.contribution.shape[0],
        "draws": answer.contribution.shape[1],
        "rhat_max": cells["rhat"].max(),
        "min_ess_bulk": cells["ess_bulk"].min(),
        "min_ess_tail": cells["ess_tail"].min(),
        "median_ess": least.median(),
        "error": miss / cells["truth"].mean(),
        "covered": cells["truth"].between(cells["q05"], cells["q95"]).mean(),
        **{f"seconds_{step}": answer.seconds[step] for step in ("import", "compile", "sample", "total")},
    }


def least_ess(summary: dict[str, float]) -> float:
    """Effective draws of the worst region × channel, bulk or tail."""
    return min(summary["min_ess_bulk"], summary["min_ess_tail"])
