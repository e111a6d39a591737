"""How far a cell may grow under a cap of frequency, on made-up reach."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.budget import plan_bounds
from mmm_helpers.decisions.frequency import frequency_limits, reach_elasticity
from mmm_helpers.decisions.responses import GRID, Cell

WEEKS = pd.date_range("2025-01-06", periods=52, freq="7D")


def _panel(elasticity: float = 0.5) -> pd.DataFrame:
    """Impressions around 1000 and a reach of 500 at 1000 that grows with the given elasticity, in two regions."""
    impressions = 1000 * np.exp(np.random.default_rng(1).normal(0, 0.3, (2, 52)))
    return pd.concat(
        pd.DataFrame(
            {
                "region": region,
                "date": WEEKS,
                "impressions_tv": own,
                "reach_tv": 500 * (own / 1000) ** elasticity,
            }
        )
        for region, own in zip(("R1", "R2"), impressions, strict=True)
    )


def _cell(region: str = "R1", channel: str = "tv") -> Cell:
    return Cell(region, channel, 100.0, 2.0, np.zeros((1, len(GRID))))


def test_the_limit_is_where_frequency_reaches_the_cap():
    panel = _panel()
    own = panel[panel["region"] == "R1"]
    today = own["impressions_tv"].mean() / own["reach_tv"].mean()
    # frequency grows with the root of spend, so half as much again needs 2.25 times
    limit = frequency_limits(panel, [_cell()], 1.5 * today, year=52)
    assert limit[0] == pytest.approx(1.5**2, rel=1e-6)


def test_a_cap_that_is_passed_already_allows_less_than_today():
    assert frequency_limits(_panel(), [_cell()], 1.0, year=52)[0] < 1


def test_nothing_is_limited_without_a_cap_or_without_reach():
    cells = [_cell(), _cell(channel="radio")]
    assert np.isinf(frequency_limits(_panel(), cells, {"radio": 3.0}, year=52)).all()
    assert np.isinf(frequency_limits(_panel(), cells, None, year=52)).all()


def test_a_national_cell_counts_all_regions():
    panel = _panel()
    both = panel.groupby("date")[["impressions_tv", "reach_tv"]].sum()
    cap = both["impressions_tv"].mean() / both["reach_tv"].mean()
    assert frequency_limits(panel, [_cell("all")], cap, year=52)[0] == pytest.approx(1.0)


def test_dearer_media_reach_the_cap_later():
    plain, dearer = (
        frequency_limits(_panel(), [_cell()], 3.0, year=52, factors=f)[0] for f in (None, {"tv": 1.1})
    )
    assert dearer == pytest.approx(1.1 * plain)


def test_reach_that_cannot_be_read_is_taken_not_to_grow():
    flat = pd.Series(np.full(52, 1000.0))
    assert reach_elasticity(flat, flat / 2) == 0.0
    assert reach_elasticity(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0])) == 0.0


def test_reach_that_grows_with_impressions_is_never_capped():
    assert frequency_limits(_panel(1.0), [_cell()], 3.0, year=52)[0] > 1e6


@pytest.mark.parametrize(("limit", "upper"), [(1.05, 1.05), (0.5, 1.0), (np.inf, 1.2)])
def test_a_plan_stays_below_the_limit_and_is_not_forced_down(limit, upper):
    marks = pd.DataFrame({"region": ["R1"], "channel": ["tv"], "decision_grade": [True], "cut_only": [False]})
    bounds = plan_bounds([_cell()], marks, {}, limits=np.array([limit]))
    assert bounds[1][0] == pytest.approx(upper)
