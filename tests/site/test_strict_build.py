"""A site with a fault in it is not passed off as good."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_output

from mmm_helpers.errors import PublishError


def test_unknown_term_fails_the_build_and_is_named(shop):
    output = new_output("display_data", data={"text/markdown": "{term}`Flurb`"})
    shop.add("DE", "08_executive_summary", new_code_cell("x", outputs=[output]), title="# Germany")
    with pytest.raises(PublishError, match="term not in glossary: 'Flurb'"):
        shop.publish()
    assert "Flurb" in shop.layout.log("portfolio", "site").read_text()
