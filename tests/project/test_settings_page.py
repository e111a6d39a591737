"""The page of settings names every key that the portfolio file takes, with every value it may have."""

from typing import Literal, get_args, get_origin

import pytest

from mmm_helpers.inputs.spec_media import MediaOptions
from mmm_helpers.inputs.spec_model import ModelOptions
from mmm_helpers.layout import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "book" / "model_settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", [*ModelOptions.model_fields, *MediaOptions.model_fields])
def test_every_setting_is_explained(key):
    assert f"`{key}`" in PAGE


def _literals(annotation) -> set[str]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return set().union(*map(_literals, get_args(annotation))) if get_args(annotation) else set()


@pytest.mark.parametrize("key", ["adstock", "saturation", "trend", "region_predictors"])
def test_every_value_is_named(key):
    values = _literals(ModelOptions.model_fields[key].annotation)
    assert values
    assert all(f"`{value}`" in PAGE for value in values)


def test_defaults_on_the_page_are_those_of_the_model():
    rows = {line.split("|")[1].strip(" `"): line for line in PAGE.splitlines() if line.startswith("| `")}
    for key in ("trend", "shock", "serial", "spillover", "varying_media"):
        default = str(ModelOptions.model_fields[key].default).lower()
        assert rows[key].split("|")[3].strip(" `") == default
