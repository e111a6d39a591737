"""`python -m benchmarks.peers.credit_ours FOLDER MODELS`: our credits from a folder of touches, timed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(folder: Path, models: list[str]) -> None:
    """Prints seconds of reading and of crediting, the peak in GB, and the credits."""
    import resource

    from benchmarks.journey_file import read_touches
    from mmm_helpers.attribution.models import compute_credits

    started = time.perf_counter()
    journeys = read_touches(folder)
    read = time.perf_counter()
    credits = compute_credits(journeys, window_days=30, models=models)
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    found = {m: own.set_index("channel")["credit"].to_dict() for m, own in credits.groupby("model")}
    print(json.dumps({"read": read - started, "credit": done - read, "gb": peak, "credits": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","))
