"""Rules from checked panels to executed notebooks; `python -m mmm_helpers report` runs them.

The plan (markets, profile, folders) comes from environment variables, see mmm_helpers/pipeline/plan.py.
The site is built outside these rules, so that it is built even when a market fails.
"""

import os
import sys

from mmm_helpers.model.profiles import PROFILES
from mmm_helpers.pipeline import sources
from mmm_helpers.pipeline.plan import (
    MARKET_TABLES, PANEL, PORTFOLIO, PORTFOLIO_TABLES, Plan, owners, relative,
)
from mmm_helpers.report.site.toc import PROOF

PLAN = Plan.from_environment(os.environ)
AT = PLAN.layout
STAGE = f'"{sys.executable}" -m mmm_helpers.pipeline.stage'
ROWS = {code: AT.panel(code).stat().st_size for code in PLAN.markets}
LARGEST_FIRST = sorted(PLAN.markets, key=ROWS.get)
POSTERIORS = [relative(AT.posterior(code)) for code in PLAN.markets]


def data_of(code):
    named = (AT.panel, AT.channel_status, AT.specification, AT.holdout, AT.journeys)
    return [relative(path(code)) for path in named]


def studies_of(code):
    """What the full profile finds out beside the fit; the others show what is stored."""
    return [relative(AT.studies(code))] if PROFILES[PLAN.profile].studies else []


def model_of(code):
    return [relative(AT.posterior(code)), relative(AT.prospects(code)), *tables(code, MARKET_TABLES)]


def tables(code, names):
    return [relative(AT.table(code, name)) for name in names]


def files(paths):
    return [relative(path) for path in paths]


def needs(wildcards):
    """Data of a notebook: a market's own, or everything about all markets for a portfolio notebook.

    The proof is about no market: it needs what was measured, and says whether the model is still the same.
    """
    if wildcards.notebook == PROOF:
        return files(AT.proof()) + files(sources.model_files())
    if wildcards.code == PORTFOLIO:
        every = [path for code in PLAN.markets for path in data_of(code) + model_of(code)]
        return every + tables(PORTFOLIO, PORTFOLIO_TABLES)
    only_data = PLAN.market_notebooks()[wildcards.notebook] == PANEL
    quality = tables(wildcards.code, ["data_quality"])
    return data_of(wildcards.code) + quality + ([] if only_data else model_of(wildcards.code))


wildcard_constraints:
    code="[A-Za-z0-9][A-Za-z0-9_-]*",
    notebook="[0-9][0-9]_[a-z_]+",


rule all:
    input:
        [relative(AT.notebook(code, name)) for code, name in owners(PLAN)],
        [path for code in PLAN.markets for path in tables(code, MARKET_TABLES) + studies_of(code)],
        tables(PORTFOLIO, PORTFOLIO_TABLES),


for code in PLAN.markets:

    rule:
        name: f"fit_{code}"
        input:
            data_of(code),
            files(sources.model_files()),
        output:
            relative(AT.market_fit(code)),
        log:
            relative(AT.log(code, "fit")),
        params:
            code=code,
            profile=PLAN.profile,
        priority: 100 + LARGEST_FIRST.index(code)
        threads: PLAN.fit_cores(workflow.cores)
        shell:
            "{STAGE} fit {params.code} --cores {threads} > {log:q} 2>&1"


rule posterior:
    input:
        [relative(AT.market_fit(code)) for code in PLAN.markets],
        files(sources.model_files()),
    output:
        POSTERIORS,
    log:
        relative(AT.log(PORTFOLIO, "posterior")),
    params:
        profile=PLAN.profile,
    priority: 50
    threads: min(4, workflow.cores)
    shell:
        "{STAGE} posterior portfolio --cores {threads} > {log:q} 2>&1"


for code in PLAN.markets:

    rule:
        name: f"studies_{code}"
        input:
            data_of(code),
            files(sources.study_files()),
        output:
            relative(AT.studies(code)),
        log:
            relative(AT.log(code, "studies")),
        params:
            code=code,
        priority: 30
        threads: min(2, PLAN.fit_cores(workflow.cores))
        shell:
            "{STAGE} studies {params.code} --cores {threads} > {log:q} 2>&1"


for code in PLAN.markets:

    rule:
        name: f"tables_{code}"
        input:
            relative(AT.posterior(code)),
            relative(AT.market_fit(code)),
            data_of(code),
            studies_of(code),
            files(sources.table_files()),
        output:
            tables(code, MARKET_TABLES),
            prospects=relative(AT.prospects(code)),
        log:
            relative(AT.log(code, "market_tables")),
        params:
            code=code,
            profile=PLAN.profile,
        priority: 20 + LARGEST_FIRST.index(code) / 100
        shell:
            "{STAGE} market_tables {params.code} > {log:q} 2>&1"


rule portfolio_tables:
    input:
        POSTERIORS,
        [relative(AT.prospects(code)) for code in PLAN.markets],
        [path for code in PLAN.markets for path in data_of(code) + tables(code, MARKET_TABLES)],
        files(sources.table_files()),
    output:
        tables(PORTFOLIO, PORTFOLIO_TABLES),
    log:
        relative(AT.log(PORTFOLIO, "portfolio_tables")),
    params:
        profile=PLAN.profile,
        markets=PLAN.markets,
    priority: 20
    shell:
        "{STAGE} portfolio_tables portfolio > {log:q} 2>&1"


rule notebook:
    input:
        needs,
        template=lambda wildcards: relative(PLAN.template(wildcards.notebook)),
        helpers=lambda wildcards: files(sources.notebook_files(PLAN.template(wildcards.notebook))),
    output:
        relative(AT.notebook("{code}", "{notebook}")),
    log:
        relative(AT.log("{code}", "{notebook}")),
    params:
        profile=PLAN.profile,
        view=lambda wildcards: PLAN.view(wildcards.code),
        markets=lambda wildcards: PLAN.markets if wildcards.code == PORTFOLIO else wildcards.code,
    priority: 10
    shell:
        "{STAGE} notebook {wildcards.code} --notebook {wildcards.notebook} > {log:q} 2>&1"
