"""The page about scenarios names every key that they take, and its examples are read as they stand."""

import re

import pytest

from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.inputs.spec_scenarios import Context, Move, Scenario
from mmm_helpers.layout import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "book" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FILE = """\
name: page
reporting_currency: EUR
outcome: {column: revenue}
channels:
  tv: {spend: tv}
  social: {spend: social}
  display: {spend: display}
  search_generic: {spend: search}
markets:
  "DE": {}
  "JP": {currency: JPY}
data: {path: data.csv}
"""


@pytest.mark.parametrize(
    "key",
    [f.alias or name for model in (Scenario, Move, Context) for name, f in model.model_fields.items()]
    + ["margin", "lifetime_value", "media_inflation", "budget.frequency_cap"],
)
def test_every_key_is_explained(key):
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_can_be_read(example, tmp_path):
    (tmp_path / "portfolio.yml").write_text(FILE + example, encoding="utf-8")
    assert load_portfolio(tmp_path / "portfolio.yml").channels


def test_the_first_example_is_about_scenarios(tmp_path):
    (tmp_path / "portfolio.yml").write_text(FILE + EXAMPLES[0], encoding="utf-8")
    scenarios = load_portfolio(tmp_path / "portfolio.yml").scenarios
    assert len(scenarios) == len(EXAMPLES[0].splitlines()) - 1
