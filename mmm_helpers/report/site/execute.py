"""Command that runs one notebook with the report engine; what the pipeline's rules call.

`python -m mmm_helpers.report.site.execute IN.ipynb OUT.ipynb -r market DE -r portfolio data/demo/portfolio.yml`

Values given with `-r` stay text, so that market `NO` is not read as false and `01` not as 1; `-b` is for
the parameters that are true or false.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmm_helpers.errors import InputError, PublishError
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.report.site.engine import execute


def read_context(parameters: dict[str, Any]) -> dict[str, str]:
    """Names for titles: the market's label, or the portfolio's name for a notebook about all markets.

    Parameters
    ----------
    parameters : the notebook's parameters; `portfolio` and `market` are used where present.
    """
    if "portfolio" not in parameters:
        return {"label": str(parameters.get("market", ""))}
    from mmm_helpers.inputs.portfolio import load_portfolio

    portfolio = load_portfolio(PROJECT_ROOT / parameters["portfolio"])
    if "market" not in parameters:
        return {"label": portfolio.name}
    return {"label": portfolio.label(parameters["market"])}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run the notebook, and return the exit code (1 after a failure)."""
    parser = argparse.ArgumentParser(prog="python -m mmm_helpers.report.site.execute", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("-r", nargs=2, action="append", default=[], metavar=("NAME", "TEXT"))
    parser.add_argument("-b", nargs=2, action="append", default=[], metavar=("NAME", "true|false"))
    parser.add_argument("--failed", type=Path, help="where an error notebook goes")
    options = parser.parse_args(arguments)
    parameters: dict[str, Any] = dict(options.r)
    parameters |= {name: value.lower() == "true" for name, value in options.b}
    try:
        execute(options.notebook, options.output, parameters, read_context(parameters), failed=options.failed)
    except (InputError, PublishError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
