"""`python -m benchmarks.peers.credit SIDE TASK FOLDER`: another tool's credits from `paths.parquet`, timed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

RULES, MARKOV = "rules", "markov"
"""First, last and linear; removal effects in a chain of order 1."""
SEPARATOR = " > "


def channelattribution_rules(paths) -> dict[str, dict[str, float]]:
    """Conversions by first, last and linear."""
    import ChannelAttribution

    found = ChannelAttribution.heuristic_models(paths, "path", "conversions", sep=">", flg_pro=False)
    found = found.set_index("channel_name")
    return {name: found[f"{name}_touch"].to_dict() for name in ("first", "last", "linear")}


def models_rules(paths) -> dict[str, dict[str, float]]:
    """Conversions by first, last and linear."""
    tool = _models(paths)
    runs = {"first": tool.run_first_click, "last": tool.run_last_click, "linear": tool.run_linear}
    found = {name: run().to_polars() for name, run in runs.items()}
    return {name: dict(own.select("channels", "attribution").iter_rows()) for name, own in found.items()}


def models_markov(paths) -> dict[str, dict[str, float]]:
    """Removal effects, as shares; how this tool splits them by journey afterwards is its own."""
    effects = _models(paths).run_markov().metadata["removal_effect"]["removal_effect"]
    return {"markov": (effects / effects.sum()).to_dict()}


def do_attribution_markov(paths) -> dict[str, dict[str, float]]:
    """Removal effects by redirecting to no conversion, as shares."""
    from do_attribution.markov import MarkovAttribution

    tool = MarkovAttribution(order=1, separator=SEPARATOR, removal_strategy="redirect_to_null")
    found = tool.fit(paths["path"], paths["conversions"])
    effects = dict((found if isinstance(found, dict) else vars(tool))["removal_effects"])
    total = sum(effects.values())
    return {"markov": {c: float(e) / total for c, e in effects.items()}}


def _models(paths):
    from mam.core import MAM

    return MAM(
        paths,
        format_type="journey",
        channels_colname="path",
        journey_with_conv_colname="conversions",
        time_till_conv_colname="hours",
        path_separator=SEPARATOR,
    )


SIDES: dict[tuple[str, str], Callable] = {
    ("channelattribution", RULES): channelattribution_rules,
    ("marketing_attribution_models", RULES): models_rules,
    ("marketing_attribution_models", MARKOV): models_markov,
    ("do_attribution", MARKOV): do_attribution_markov,
}
"""Tool and task; the Markov model of channelattribution is simulated, so it is not the same work."""


def main(side: str, task: str, folder: Path) -> None:
    """Prints seconds of reading and of crediting, the peak in GB, and the credits."""
    import resource

    import polars as pl

    started = time.perf_counter()
    paths = pl.read_parquet(folder / "paths.parquet")
    import pandas as pd

    paths = pd.DataFrame({name: paths[name].to_numpy() for name in ("path", "conversions")})
    read = time.perf_counter()
    paths["hours"] = paths["path"].str.replace(r"[a-z_]+", "0", regex=True)
    paths["journey_id"] = range(len(paths))
    prepared = time.perf_counter()
    found = SIDES[side, task](paths)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"read": read - started, "credit": done - prepared, "gb": peak, "credits": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
