"""What Snakemake's rules call: one step for one market, with its diary entry and its reason last in the log.

`python -m mmm_helpers.pipeline.stage fit DE` reads the plan from the environment (see `plan.ENVIRONMENT`).
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from mmm_helpers.errors import FitError, InputError, PublishError
from mmm_helpers.layout import PORTFOLIO
from mmm_helpers.pipeline.events import DONE, FAILED, START, diary, write_event
from mmm_helpers.pipeline.plan import Plan, relative

SAID = (InputError, FitError, PublishError)
"""Errors whose message is already a sentence for the user; any other shows its traceback first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the step named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mmm_helpers.pipeline.stage", description=__doc__)
    parser.add_argument("step", choices=sorted(STEPS))
    parser.add_argument("code", help="market, or 'portfolio'")
    parser.add_argument("--notebook", default="", help="name of the notebook, for the step 'notebook'")
    parser.add_argument("--cores", type=int, default=1, help="cores that the step may use")
    options = parser.parse_args(arguments)
    os.environ["MMM_CORES"] = str(options.cores)
    plan = Plan.from_environment(os.environ)
    return run_step(plan, options.notebook or options.step, options.code, STEPS[options.step])


def run_step(plan: Plan, step: str, code: str, function: Callable[[Plan, str, str], None]) -> int:
    """Run `function(plan, code, step)` between two diary entries; 1 after an error, its reason last."""
    path = diary(plan.layout)
    write_event(path, START, step, code)
    try:
        function(plan, code, step)
    except Exception as error:
        if not isinstance(error, SAID):
            traceback.print_exc()
        reason = describe_error(error)
        print(reason, flush=True)
        write_event(path, FAILED, step, code, reason=reason)
        return 1
    write_event(path, DONE, step, code)
    return 0


def describe_error(error: BaseException) -> str:
    """The error on one line; the type is named where the message was not written for the user.

    Examples
    --------
    >>> describe_error(FitError("The sampler stopped."))
    'The sampler stopped.'
    >>> describe_error(KeyError("tv"))
    "KeyError: 'tv'"
    """
    text = " ".join(str(error).split())
    return text if isinstance(error, SAID) else f"{type(error).__name__}: {text}"


def _fit(plan: Plan, code: str, _: str) -> None:
    from mmm_helpers.model.run import fit_market

    fit_market(plan.layout, code, plan.profile)


def _posterior(plan: Plan, _code: str, _step: str) -> None:
    from mmm_helpers.model.run import fit_portfolio

    fit_portfolio(plan.layout, plan.markets, plan.profile)


def _studies(plan: Plan, code: str, _: str) -> None:
    from mmm_helpers.pipeline.studies import run_studies

    run_studies(plan.layout, code)


def _market_tables(plan: Plan, code: str, _: str) -> None:
    from mmm_helpers.estimands.run import write_market_tables

    write_market_tables(plan.layout, code, plan.profile)


def _portfolio_tables(plan: Plan, _code: str, _step: str) -> None:
    from mmm_helpers.estimands.run import write_portfolio_tables

    write_portfolio_tables(plan.layout, plan.markets, plan.profile)


def _notebook(plan: Plan, code: str, name: str) -> None:
    from mmm_helpers.report.site.engine import execute
    from mmm_helpers.report.site.execute import read_context

    market = {} if code == PORTFOLIO else {"market": code}
    parameters = {
        **market,
        "portfolio": plan.portfolio,
        "profile": plan.profile,
        "results": plan.results,
        "build": False,
    }
    output, failed = plan.layout.notebook(code, name), plan.layout.failed(code) / f"{name}.ipynb"
    execute(relative(plan.template(name)), output, parameters, read_context(parameters), failed=failed)


STEPS = {
    "fit": _fit,
    "posterior": _posterior,
    "studies": _studies,
    "market_tables": _market_tables,
    "portfolio_tables": _portfolio_tables,
    "notebook": _notebook,
}

if __name__ == "__main__":
    sys.exit(main())
