"""The command line: `python -m mmm_helpers report | check | bench | serve | pdf | clean`.

Each command imports what it needs when it runs, so that `--help` and an unchanged report stay quick.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

DEMO = "data/demo/portfolio.yml"
PROFILE_NAMES = ("quick", "standard", "full")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run the command, and return its exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    from mmm_helpers.errors import InputError, PublishError

    try:
        return COMMANDS[options.command](options)
    except (InputError, PublishError) as error:
        print(error, file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The parser with one sub-command per make target."""
    parser = argparse.ArgumentParser(
        prog="python -m mmm_helpers", description="Multi-market marketing mix modeling reports."
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    report = commands.add_parser("report", help="build the whole site")
    _add_choice(report)
    report.add_argument("--profile", choices=PROFILE_NAMES, default="standard", help="how much work to do")
    report.add_argument("--results", default="results", help="folder for everything generated")
    report.add_argument("--cores", type=int, default=None, help="processes at a time (default: all cores)")
    _add_choice(commands.add_parser("check", help="only look at the data: what is wrong and how to mend it"))
    bench = commands.add_parser("bench", help="run the benchmarks into results/bench/figures.csv")
    bench.add_argument("--only", default="", help="prefixes of figure names, separated by commas")
    bench.add_argument("--seed", default="", help="seeds of the ladder's worlds: 3, or 1-20 (the default)")
    bench.add_argument("--worlds", default="", help="names of the ladder's worlds; default all")
    serve = commands.add_parser("serve", help="serve the site on this machine")
    serve.add_argument("--port", type=int, default=8000)
    commands.add_parser("pdf", help="print every market's summary to _build/pdf")
    clean = commands.add_parser("clean", help="remove everything generated, except .venv")
    clean.add_argument("--results", default="results", help="folder that a report was written to")
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--portfolio", default=DEMO, help=f"portfolio file (default: {DEMO})")
    parser.add_argument("--markets", default="", help='codes such as "DE JP" (default: all in the file)')


def _report(options: argparse.Namespace) -> int:
    from mmm_helpers.pipeline.run import report

    return report(
        options.portfolio,
        markets=split_codes(options.markets),
        profile=options.profile,
        results=options.results,
        cores=options.cores,
    )


def _check(options: argparse.Namespace) -> int:
    from mmm_helpers.inputs.check import run_check
    from mmm_helpers.simulation.generated import make_missing_of

    make_missing_of(options.portfolio)
    return run_check(options.portfolio, split_codes(options.markets))


def _bench(options: argparse.Namespace) -> int:
    import subprocess

    from mmm_helpers.layout import PROJECT_ROOT

    command = [sys.executable, "-m", "benchmarks", "--only", options.only]
    command += ["--seed", options.seed, "--worlds", options.worlds]
    return subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode


def _serve(options: argparse.Namespace) -> int:
    from mmm_helpers.pipeline.site import serve

    return serve(port=options.port)


def _pdf(options: argparse.Namespace) -> int:
    from mmm_helpers.pipeline.site import print_summaries

    return print_summaries()


def _clean(options: argparse.Namespace) -> int:
    from mmm_helpers.pipeline.site import clean

    return clean(options.results)


def split_codes(text: str) -> tuple[str, ...]:
    """Market codes from a list separated by spaces or commas, in their order, each once.

    Examples
    --------
    >>> split_codes("DE, JP DE")
    ('DE', 'JP')
    """
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


COMMANDS = {
    "report": _report,
    "check": _check,
    "bench": _bench,
    "serve": _serve,
    "pdf": _pdf,
    "clean": _clean,
}

if __name__ == "__main__":
    sys.exit(main())
