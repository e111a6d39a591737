"""What one run is to make: markets, notebooks and what each depends on.

The runner writes the plan into environment variables; the Snakefile and its rules read it from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout

PANEL, TABLES = "panel", "tables"
"""What a market's notebook needs: its data only, or the tables that its fit leads to."""

MARKET_NOTEBOOKS = {
    "01_data_and_eda": PANEL,
    "02_single_region_regression": PANEL,
    "03_regional_performance": TABLES,
    "04_multi_geo_mmm": TABLES,
    "05_lift_test_calibration": TABLES,
    "06_attribution": TABLES,
    "07_budget_scenarios": TABLES,
    "08_executive_summary": TABLES,
    "13_experiment_design": TABLES,
    "14_scenario_explorer": TABLES,
    "16_reconciliation": TABLES,
}
"""Notebooks run once per market; those without a file in `notebooks/` take no part."""

PORTFOLIO_NOTEBOOKS = {
    "09_scoreboard": 1,
    "10_portfolio_mmm": 2,
    "11_portfolio_budget": 2,
    "12_proof": 1,
    "15_leadership_summary": 2,
}
"""Notebooks run once per portfolio → the number of markets from which on they make sense."""

MARKET_TABLES = (
    "market_summary",
    "channel_effects",
    "carryover",
    "decomposition",
    "contributions",
    "response_curves",
    "model_health",
    "validation",
    "forecasts",
    "budget_plan",
    "budget_goals",
    "budget_frontier",
    "budget_check",
    "budget_pacing",
    "scenarios",
    "scenario_regret",
    "shrinkage",
    "pooling_by_channel",
    "identification",
    "channel_groups",
    "fit_series",
    "prior_predictive",
    "priors",
    "studies",
    "sensitivity",
    "flips",
    "calibration",
    "experiments",
    "experiment_methods",
    "experiment_series",
    "experiment_balance",
    "experiment_placebos",
    "uplift",
    "uplift_curve",
    "uplift_qini",
    "uplift_balance",
    "experiment_designs",
    "next_experiments",
    "attribution",
    "identity_loss",
    "incrementality_factors",
    "reconciliation",
    "unified_tests",
)
"""Tables that every market's model leads to; one without rows still has its header."""

PORTFOLIO_TABLES = (
    "scoreboard",
    "channel_effects",
    "shrinkage",
    "portfolio_health",
    "pooling_by_channel",
    "budget_plan",
    "scenarios",
    "response_curves",
    "portfolio_plan",
    "portfolio_scenarios",
    "tau_sensitivity",
    "threshold_rule",
)

ENVIRONMENT = ("PORTFOLIO", "PORTFOLIO_NAME", "MARKETS", "PROFILE", "RESULTS", "NOTEBOOKS")
"""Variables by which a plan travels to Snakemake and to its rules (a command-line setting would read
market `01` as the number 1)."""


@dataclass(frozen=True)
class Plan:
    """One run.

    Parameters
    ----------
    portfolio : path of the portfolio file as notebooks receive it, relative to the repository where possible.
    name : the portfolio's name.
    markets : codes of the markets that passed the gate, in the file's order.
    profile : `quick`, `standard` or `full`.
    results : results folder, relative to the repository where possible.
    notebooks : folder with the notebooks to be executed, likewise.

    Examples
    --------
    >>> plan = Plan("data/demo/portfolio.yml", "demo", ("DE", "JP"), "quick")
    >>> Plan.from_environment(plan.to_environment()) == plan
    True
    """

    portfolio: str
    name: str
    markets: tuple[str, ...]
    profile: str
    results: str = "results"
    notebooks: str = "notebooks"

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Plan:
        """The plan in the variables named by `ENVIRONMENT`."""
        path, name, markets, profile, results, notebooks = (variables[key] for key in ENVIRONMENT)
        return cls(path, name, tuple(markets.split()), profile, results, notebooks)

    def to_environment(self) -> dict[str, str]:
        """The variables that `from_environment` reads."""
        markets = " ".join(self.markets)
        values = (self.portfolio, self.name, markets, self.profile, self.results, self.notebooks)
        return dict(zip(ENVIRONMENT, values, strict=True))

    @property
    def layout(self) -> Layout:
        return Layout(self.name, Path(self.results))

    def market_notebooks(self) -> dict[str, str]:
        """Names of the existing notebooks per market → what they need."""
        return {n: needs for n, needs in MARKET_NOTEBOOKS.items() if self.template(n).exists()}

    def portfolio_notebooks(self) -> list[str]:
        """Names of the existing notebooks about all markets that make sense for this number of markets."""
        fitting = [n for n, least in PORTFOLIO_NOTEBOOKS.items() if len(self.markets) >= least]
        return [n for n in fitting if self.template(n).exists()]

    def template(self, notebook: str) -> Path:
        return PROJECT_ROOT / self.notebooks / f"{notebook}.ipynb"

    def fit_cores(self, cores: int) -> int:
        """Cores for one market's fit: all of them shared among the markets, at most one per chain."""
        return max(1, min(4, cores // max(1, len(self.markets))))

    def view(self, code: str) -> str:
        """Digest of what the portfolio file says about how this market, or `portfolio`, is shown."""
        return read_views(self.layout).get(code, "")


def relative(path: Path | str) -> str:
    """The path relative to the repository, as a user would type it; unchanged if it lies elsewhere.

    Examples
    --------
    >>> relative(PROJECT_ROOT / "results" / "demo")
    'results/demo'
    """
    path = Path(path)
    return (path.relative_to(PROJECT_ROOT) if path.is_relative_to(PROJECT_ROOT) else path).as_posix()


def views_file(layout: Layout) -> Path:
    """JSON: market code, and `portfolio` → digest of its part of the portfolio file."""
    return layout.root / "views.json"


def read_views(layout: Layout) -> dict[str, str]:
    """The digests that the runner wrote; empty before the first run."""
    path = views_file(layout)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def owners(plan: Plan) -> list[tuple[str, str]]:
    """Every notebook to be executed, as (market code or `portfolio`, notebook)."""
    per_market = [(code, name) for code in plan.markets for name in plan.market_notebooks()]
    return per_market + [(PORTFOLIO, name) for name in plan.portfolio_notebooks()]
