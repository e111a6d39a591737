"""One default everywhere: the demo, the ladder's worlds and the public cases are run without a word about the model."""

from pathlib import Path

import pytest
import yaml

from benchmarks import labs, scale
from mmm_helpers.ladder.world import simulate_world
from mmm_helpers.ladder.worlds import WORLDS
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.model.profiles import PROFILES

MODEL_KEYS = {"model", "adstock", "saturation", "l_max", "prior"}
"""Keys that change the model; experiments inform it by the lift tests file."""


def says_nothing_about_the_model(portfolio: dict) -> bool:
    places = [portfolio, *portfolio["channels"].values()]
    places += [
        spec for market in portfolio["markets"].values() for spec in (market.get("channels") or {}).values()
    ]
    places += [market for market in portfolio["markets"].values() if market]
    return not any(MODEL_KEYS & set(place) for place in places)


def test_the_demo():
    text = (PROJECT_ROOT / "data/demo/portfolio.yml").read_text(encoding="utf-8")
    portfolio = yaml.safe_load(text)
    assert says_nothing_about_the_model(portfolio)


@pytest.mark.parametrize("name", WORLDS)
def test_the_worlds_of_the_ladder(name):
    world = simulate_world(name, 1)
    assert says_nothing_about_the_model(world.portfolio)
    tested = set(world.tests["channel"]) if len(world.tests) else set()
    assert tested == set(WORLDS[name].tested)


@pytest.mark.parametrize("case", ["eight regions", "forty regions", "small", "medium"])
def test_the_public_cases(case, tmp_path):
    assert says_nothing_about_the_model(yaml.safe_load(_public(case, tmp_path)))


def _public(case: str, folder: Path) -> str:
    if case in ("eight regions", "forty regions"):
        return scale.EIGHT_BY_EIGHT if case == "eight regions" else scale.FORTY_REGIONS
    data = folder / "data.csv"
    data.write_text("date,geo,x1_TV,c1,y\n", encoding="utf-8")
    return labs.portfolio_text(labs.SMALL if case == "small" else labs.MEDIUM, data)


def test_the_ladder_is_run_with_the_reports_own_profile():
    """The rows of the ladder are of `standard`, whose validation, which bears on no verdict, is left out."""
    from inspect import signature

    from mmm_helpers.ladder.verdict import judge_world

    assert signature(judge_world).parameters["profile"].default == "standard"
    assert PROFILES["standard"].decision_grade
