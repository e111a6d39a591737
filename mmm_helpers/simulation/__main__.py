"""Regenerates the demo's data: `python -m mmm_helpers.simulation --out data/demo`."""

from __future__ import annotations

import argparse

from mmm_helpers.simulation.recipe import MARKETS
from mmm_helpers.simulation.world import DEMO_SEED, simulate_company
from mmm_helpers.simulation.write import write_demo


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mmm_helpers.simulation", description=__doc__)
    parser.add_argument("--out", default="data/demo", help="folder to write to (default data/demo)")
    parser.add_argument(
        "--seed", type=int, default=DEMO_SEED, help="seed of the company (default %(default)s)"
    )
    parser.add_argument("--markets", nargs="+", default=list(MARKETS), help="market codes (default all)")
    options = parser.parse_args()
    written = write_demo(simulate_company(options.seed, markets=options.markets), options.out)
    size = sum(path.stat().st_size for path in written) / 1e6
    print(f"{len(written)} files, {size:.1f} MB, below {options.out}")


if __name__ == "__main__":
    main()
