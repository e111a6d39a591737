"""Why each cell of a plan stays or how far it goes."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.estimands.confounding import FOLLOWS
from mmm_helpers.report.budget.plan_reasons import (
    APART,
    BALANCED,
    CONSTANT,
    FLATTERED,
    LIMIT,
    LITTLE,
    LOCKED,
    OPEN,
    PRIOR,
    SHORT,
    UNKNOWN,
    explain_cells,
    explain_reason,
)

GROUPS = pd.DataFrame(columns=["group", "channels", "reason"])


def _plan(recommended: float = 100.0, *, change: float = 0.2, channel: str = "tv") -> pd.DataFrame:
    row = {"region": "North", "channel": channel, "current": 100.0, "recommended": recommended}
    return pd.DataFrame([row | {"lower": 100 * (1 - change), "upper": 100 * (1 + change)}])


def _why(plan: pd.DataFrame, reason: object = np.nan, *, groups: pd.DataFrame = GROUPS, **options) -> str:
    cells = pd.DataFrame({"region": ["North"], "channel": ["tv"], "reason": [reason]})
    return explain_cells(plan, cells, groups, **options).iloc[0]


@pytest.mark.parametrize(
    ("recommended", "why"), [(80.0, LIMIT), (120.0, LIMIT), (110.0, BALANCED), (100.0, LITTLE)]
)
def test_a_free_cell_says_how_far_it_goes(recommended, why):
    assert _why(_plan(recommended)) == why


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (np.nan, OPEN),
        ("mostly prior", PRIOR),
        ("never varied", CONSTANT),
        ("cannot be told apart from Search", APART),
    ],
)
def test_a_fixed_cell_says_what_is_not_known(reason, why):
    assert _why(_plan(change=0.0), reason) == why


@pytest.mark.parametrize("reason", [FOLLOWS, "mostly prior"])
def test_spend_that_follows_demand_is_cut_for_a_reason_of_its_own(reason):
    assert _why(_plan(80.0).assign(upper=100.0), reason) == FLATTERED


def test_a_fixed_cell_without_a_row_of_its_own_is_not_known():
    assert _why(_plan(change=0.0, channel="ooh")) == UNKNOWN


def test_a_locked_channel_names_the_file():
    assert _why(_plan(80.0), locked=["tv"]) == LOCKED


def test_a_cell_of_a_group_has_the_groups_reason():
    groups = pd.DataFrame({"group": ["tv+ooh"], "channels": ["tv|ooh"], "reason": [np.nan]})
    apart = "cannot be told apart from Out-of-home"
    assert _why(_plan(change=0.0), apart, groups=groups) == OPEN
    assert _why(_plan(change=0.0), apart, groups=groups.assign(reason="mostly prior")) == PRIOR


def test_an_empty_plan_has_no_reasons():
    assert explain_cells(
        _plan().head(0), pd.DataFrame({"region": [], "channel": [], "reason": []}), GROUPS
    ).empty


def test_every_reason_has_a_short_form_for_tables():
    reasons = [
        "",
        "mostly prior",
        "never varied",
        FOLLOWS,
        "cannot be told apart from X",
        "never ran here",
        None,
    ]
    said = {LOCKED, LITTLE, LIMIT, BALANCED, FLATTERED, *(explain_reason(r) for r in reasons)}
    assert said == set(SHORT)
