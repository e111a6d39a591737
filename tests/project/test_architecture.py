"""Packages import only from those that come after them in ARCHITECTURE.md's chain."""

from __future__ import annotations

import re

from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.pipeline.plan import MARKET_TABLES, PORTFOLIO_TABLES
from mmm_helpers.pipeline.sources import PACKAGE, closure, imported, module_path

TEXT = (PROJECT_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CHAIN = re.findall(r"`(\w+)`", re.search(r"one way only: (.*?);", TEXT, re.DOTALL)[1])


def test_imports_point_down_the_chain():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in CHAIN or path.name == "run.py":
            continue
        used = {name.split(".")[1] for name in imported(path.read_text(encoding="utf-8")) if "." in name}
        above = CHAIN[: CHAIN.index(own)]
        wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in used & set(above)]
    assert wrong == []


def test_worlds_use_nothing_of_the_template():
    allowed = {"mmm_helpers.simulation.randomness"}
    used = {
        name
        for path in closure(["mmm_helpers.ladder.world"])
        if path.parent.name == "ladder"
        for name in imported(path.read_text(encoding="utf-8"))
        if module_path(name) is not None and not name.startswith("mmm_helpers.ladder")
    }
    assert used - {name.rpartition(".")[0] for name in allowed} == allowed


def test_chain_names_every_package_but_the_simulation_and_the_ladder():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | {"session"}
    assert packages - set(CHAIN) == {"simulation", "ladder"}


def test_architecture_lists_every_table_and_no_other():
    tables, _, together = TEXT.partition("## Tables")[2].partition("For all markets together")
    listed = {row.split("`")[1] for row in tables.splitlines() if row.startswith("| `")}
    assert listed == {*MARKET_TABLES, "data_quality", "journey_quality"}
    assert [name for name in PORTFOLIO_TABLES if f"`{name}`" not in together] == []
