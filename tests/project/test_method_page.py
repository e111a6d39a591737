"""The page about the method says what the code does: its options, its thresholds, and the graph it assumes."""

from __future__ import annotations

import re
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest

from mmm_helpers.estimands import grading, identification
from mmm_helpers.inputs.spec_media import Adstock, Saturation
from mmm_helpers.inputs.spec_model import ModelOptions
from mmm_helpers.layout import PROJECT_ROOT
from mmm_helpers.model import priors
from mmm_helpers.report.model.choices_page import FORMS, POOLING, ROLES

BOOK = PROJECT_ROOT / "book"
TEXT = (BOOK / "method.md").read_text(encoding="utf-8")
GRAPH = (BOOK / "_static" / "assumed_graph.svg").read_text(encoding="utf-8")
NAMES = {"michaelis_menten": "Michaelis–Menten", "log": "logarithmic"}


@pytest.mark.parametrize("family", [*get_args(Adstock), *get_args(Saturation)])
def test_every_family_is_explained_on_the_method_page_and_on_the_models(family):
    assert f"| {NAMES.get(family, family)} |".lower() in TEXT.lower()
    assert family in FORMS


@pytest.mark.parametrize("option", ModelOptions.model_fields)
def test_every_option_of_the_model_is_explained(option):
    told = {
        "pooling": "Pooling is a switch",
        "interactions": "what two channels add",
        "spillover": "{term}`spillover`",
        "region_predictors": "attributes of the region",
    }
    assert told.get(option, f"`{option}") in TEXT


@pytest.mark.parametrize(
    "words",
    [
        f"at most {1.01:g} for all that is reported",
        f"more than {identification.PRIOR_DOMINATED:.2f} times",
        f"correlation below −{identification.INSEPARABLE:g}",
        f"correlation of {identification.NEVER_APART:g} or more",
        f"at least {100 * identification.ENOUGH:.0f} % of the last year's spend",
        f"a probability of at least {100 * grading.SURE:.0f} %",
        f"a factor of {np.exp(1.645 * priors.LOG_EFFECT_SD):.1f}",
    ],
)
def test_numbers_in_the_text_are_those_of_the_code(words):
    assert words in TEXT


def test_a_fifth_is_the_prior_share_of_all_paid_media():
    assert "bring a fifth of the outcome" in TEXT
    assert priors.PAID_SHARE == 0.2


def test_graph_is_described_for_those_who_cannot_see_it():
    root = ElementTree.fromstring(GRAPH)
    space = "{http://www.w3.org/2000/svg}"
    named = {e.get("id") for e in root if e.tag in (f"{space}title", f"{space}desc")}
    assert set(root.get("aria-labelledby").split()) == named
    description = root.find(f"{space}desc").text
    for word in (
        "Season",
        "holidays",
        "demand",
        "Price",
        "competitors",
        "economy",
        "visits",
        "refused",
        "dashed",
    ):
        assert word in description


def test_graph_takes_the_pages_colours():
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b|rgb\(", GRAPH)
    assert 'stroke="currentColor"' in GRAPH


def test_unseen_demand_is_dashed_and_what_media_move_is_refused():
    boxes = re.findall(r"<rect [^>]*>", GRAPH)
    (unseen,) = [b for b in boxes if "mmm-graph-unseen" in b]
    assert "stroke-dasharray" in unseen
    assert "refused as a control" in GRAPH


def test_every_role_and_pooling_of_the_portfolio_file_has_words():
    from mmm_helpers.inputs.spec_model import Control, Pool

    allowed = set(get_args(Control.model_fields["role"].annotation)) - {"mediator"}
    assert set(ROLES) == allowed
    assert set(POOLING) == set(get_args(Pool))


def test_cited_works_are_in_the_bibliography():
    known = set(re.findall(r"@\w+\{(\w+),", (BOOK / "references.bib").read_text(encoding="utf-8")))
    cited = {k.strip() for group in re.findall(r"\{cite:\w\}`([^`]+)`", TEXT) for k in group.split(",")}
    assert cited
    assert cited <= known
