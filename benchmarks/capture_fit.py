"""One seed's market from its exports to the recommended plan, by the demo's settings, as a report goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.capture_world import MARKET
from mmm_helpers.layout import PROJECT_ROOT, Layout
from mmm_helpers.simulation.exports import raw_files
from mmm_helpers.simulation.world import Company

PROFILE = "standard"
DEMO = PROJECT_ROOT / "data" / "demo" / "portfolio.yml"
KEPT = (
    "name", "reporting_currency", "budget_rate", "frequency", "fx", "regions", "lift_tests", "margin", "outcome",
    "channels", "controls", "markets",
)  # fmt: skip
"""Parts of the demo's portfolio file that bear on the plan."""


def layout_of(seed: int) -> Layout:
    """Where a seed's fit is kept."""
    return Layout("demo", Layout("bench").bench / "capture" / f"{seed:04d}")


def fit_seed(company: Company, layout: Layout) -> None:
    """Export the market as the demo does, and run gate and fit as a report does, by the demo's settings."""
    from mmm_helpers.decisions.prospects import save_prospects
    from mmm_helpers.decisions.run import foresee
    from mmm_helpers.estimands.fitted import load_fitted
    from mmm_helpers.estimands.money import Money
    from mmm_helpers.inputs.gate import gate_market
    from mmm_helpers.inputs.portfolio import load_portfolio
    from mmm_helpers.model.run import fit_market, fit_portfolio

    code = MARKET
    portfolio = load_portfolio(str(write_company(company, layout.results / "data")))
    gate_market(portfolio, code, layout)
    # What a fit forecasts bears on no cell's grade.
    fit_market(layout, code, PROFILE, validate=False)
    fit_portfolio(layout, [code], PROFILE)
    fit = load_fitted(layout, code, PROFILE)
    save_prospects(foresee(fit, Money.of(fit.design, fit.settings)), layout.prospects(code))


def write_company(company: Company, folder: Path) -> Path:
    """Write the market's exports and the demo's portfolio file without the other markets; returns the file."""
    for name, content in raw_files(company).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    stated = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    own = {key: stated[key] for key in KEPT}
    own["markets"] = {code: stated["markets"][code] for code in company.markets}
    path = folder / "portfolio.yml"
    path.write_text(yaml.safe_dump(own, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def recommended(layout: Layout) -> tuple[pd.DataFrame, str]:
    """The table `budget_plan` of a stored fit, graded as in a report; no rows where advice is withheld, and why."""
    from mmm_helpers.decisions.prospects import load_prospects
    from mmm_helpers.decisions.run import decide
    from mmm_helpers.estimands.fitted import load_fitted
    from mmm_helpers.estimands.groups import compute_channel_groups
    from mmm_helpers.estimands.money import Money
    from mmm_helpers.estimands.run import judge
    from mmm_helpers.model.health import recommends
    from mmm_helpers.model.predict import flatten
    from mmm_helpers.model.run import SEED

    fit, prospects = load_fitted(layout, MARKET, PROFILE), load_prospects(layout.prospects(MARKET))
    money = Money.of(fit.design, fit.settings)
    verdict = judge(fit, money, rng=np.random.default_rng(SEED))
    effects, health = verdict.tables["channel_effects"], verdict.tables["model_health"]
    groups = compute_channel_groups(
        fit.design,
        flatten(fit.own),
        fit.draws,
        money,
        verdict.tables["identification"],
        effects,
        doubts=verdict.doubts,
        margin=fit.settings.get("margin"),
        market_may=recommends(health, fit.profile),
    )
    plan = decide(fit, prospects, effects, health, groups=groups)["budget_plan"]
    failed = health.loc[health["status"] == "fail", "check"]
    return plan, "" if len(plan) else f"withheld: {'; '.join(failed)}"
