"""Plans against closed forms, a grid of all plans, and the linear program's bound."""

import numpy as np
import pytest
from scipy.stats import norm

from mmm_helpers.decisions.budget import make_task, optimize_plan
from mmm_helpers.decisions.limits import Limit, channel_limits
from mmm_helpers.decisions.responses import GRID, Cell
from mmm_helpers.decisions.solver import solve, tail_weights
from mmm_helpers.errors import InputError

SPEND, SIZE = np.array([100.0, 80.0, 60.0]), np.array([50.0, 48.0, 27.0])
NAMES = ("tv", "search", "display")


def _roots(draws: int = 8) -> list[Cell]:
    """Cells that bring size × √(multiple of today's spend)."""
    rows = zip(NAMES, SPEND, SIZE, strict=True)
    return [Cell("R1", n, s, 2.0, np.tile(z * np.sqrt(GRID), (draws, 1))) for n, s, z in rows]


def _closed_form(total: float) -> np.ndarray:
    """Equal marginal returns: multiples (size / spend)² × total / Σ size² / spend."""
    return (SIZE / SPEND) ** 2 * total / (SIZE**2 / SPEND).sum()


WIDE = np.full(3, 0.2), np.full(3, 1.9)


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.1])
def test_marginal_returns_are_equal_at_any_total(factor):
    plan = optimize_plan(_roots(), *WIDE, total=240 * factor)
    assert plan == pytest.approx(_closed_form(240 * factor), abs=0.02)
    assert plan @ SPEND == pytest.approx(240 * factor, rel=1e-7)


def test_the_total_is_money_over_the_horizon_both_ways():
    horizon = 13
    per_period = SPEND / horizon
    plan = optimize_plan(_roots(), *WIDE, total=1.1 * per_period.sum() * horizon)
    assert (plan * per_period).sum() * horizon == pytest.approx(1.1 * 240.0)


def test_an_s_shaped_plan_is_the_best_of_a_grid_of_all_plans():
    hill = [m**3 / (m**3 + h**3) for m, h in ((GRID, 1.2), (GRID, 0.9), (GRID, 0.5))]
    cells = [Cell("R1", n, 100.0, 2.0, np.tile(r, (4, 1))) for n, r in zip(NAMES, hill, strict=True)]
    task = make_task(cells, np.full(3, 0.0), np.full(3, 2.0))
    a, b = np.meshgrid(GRID, GRID)
    rest = 3 - a - b
    inside = (rest >= 0) & (rest <= 2)
    every = np.stack([a[inside], b[inside], rest[inside]], axis=1)
    best = max(task.value(p) for p in every)
    assert task.value(solve(task)[0]) >= best - 1e-9


def test_the_slope_is_that_of_finite_differences():
    rng = np.random.default_rng(3)
    draws = [np.abs(rng.normal(s, 8, size=(40, 1))) * np.sqrt(GRID) for s in SIZE]
    cells = [Cell("R1", n, s, 2.0, d) for n, s, d in zip(NAMES, SPEND, draws, strict=True)]
    plan = np.array([1.13, 0.78, 1.41])
    for risk in (0.0, 0.5, 1.0):
        task = make_task(cells, *WIDE, risk=risk)
        step = 1e-6 * np.eye(3)
        expected = [(task.value(plan + e) - task.value(plan - e)) / 2e-6 for e in step]
        assert task.slope(plan) == pytest.approx(expected, rel=1e-4)


def test_the_bad_tail_of_normal_gains_is_the_closed_form():
    """Mean of the worst tenth of a normal distribution: mean − sd × density(z) / 0.1."""
    gains = norm.ppf((np.arange(20000) + 0.5) / 20000, loc=3.0, scale=2.0)
    expected = 3.0 - 2.0 * norm.pdf(norm.ppf(0.1)) / 0.1
    assert tail_weights(gains, 0.1) @ gains == pytest.approx(expected, abs=1e-3)


def test_risk_aversion_is_the_closed_form_for_normal_returns():
    """Two straight cells: the change of tv has sd 1 per unit, search is certain.

    Bad tail of moving x to tv: (a − b) x − k x with k = density(z) / 0.1 ≈ 1.755: it pays only where a − b > k.
    """
    noise = np.repeat(norm.ppf((np.arange(400) + 0.5) / 400), 2)
    for edge, expected in ((1.5, 1.0), (2.0, 1.5)):
        tv = Cell("R1", "tv", 1.0, 2.0, (1.0 + edge + noise)[:, None] * GRID)
        search = Cell("R1", "search", 1.0, 2.0, np.ones((800, 1)) * GRID)
        plan = optimize_plan([tv, search], np.array([1.0, 0.0]), np.array([1.5, 2.0]), risk=1.0)
        assert plan[0] == pytest.approx(expected, abs=1e-3)


def test_no_channel_takes_more_than_its_share():
    plan = optimize_plan(_roots(), *WIDE, most_share=0.4)
    assert (plan * SPEND / 240).max() <= 0.4 + 1e-6
    assert (plan * SPEND / 240)[1] == pytest.approx(0.4, abs=1e-4)


def test_minimum_and_capacity_are_money_over_all_regions():
    cells = [*_roots(), Cell("R2", "display", 60.0, 2.0, np.tile(27 * np.sqrt(GRID), (8, 1)))]
    limits = channel_limits(cells, {"minimum": {"display": 115.0}, "capacity": {"search": 85.0}})
    plan = optimize_plan(cells, np.full(4, 0.2), np.full(4, 1.9), limits=limits)
    assert plan[2:] @ [60, 60] >= 115 - 1e-5
    assert plan[1] * 80 <= 85 + 1e-5


@pytest.mark.parametrize("total", [0.0, -5.0, float("nan")])
def test_a_total_that_is_no_money_is_refused(total):
    with pytest.raises(InputError, match="the total is"):
        optimize_plan(_roots(), *WIDE, total=total)


def test_a_total_beyond_the_bounds_names_both():
    with pytest.raises(
        InputError, match=r"the total of 999, and the cells' own bounds, which allow 48 to 456"
    ):
        optimize_plan(_roots(), *WIDE, total=999.0)


def test_a_minimum_beyond_the_bounds_names_both():
    limits = channel_limits(_roots(), {"minimum": {"tv": 500.0}})
    with pytest.raises(InputError, match=r"the minimum of tv: at least 500, and the cells' own bounds"):
        optimize_plan(_roots(), *WIDE, limits=limits)


def test_two_limits_that_conflict_are_named_with_their_amounts():
    limits = channel_limits(_roots(), {"minimum": {"tv": 150.0, "search": 120.0}})
    with pytest.raises(InputError, match=r"no plan keeps both the total, and all limits together"):
        optimize_plan(_roots(), *WIDE, limits=limits)
    pair = channel_limits(_roots(), {"minimum": {"tv": 150.0}})
    pair.append(Limit("what TV may get", np.array([True, False, False]), high=140.0))
    with pytest.raises(InputError, match=r"minimum of tv: at least 150, and what TV may get: at most 140"):
        optimize_plan(_roots(), *WIDE, limits=pair)


def test_cells_of_several_markets_share_one_total():
    cells = [Cell(f"{m}-R1", c.channel, c.spend, 2.0, c.response) for m in ("DE", "FR") for c in _roots()]
    plan = optimize_plan(cells, np.full(6, 0.2), np.full(6, 1.9), total=480 * 1.1)
    assert plan == pytest.approx(np.tile(_closed_form(240 * 1.1), 2), abs=0.02)


def test_forty_eight_cells_keep_the_total_and_gain():
    rng = np.random.default_rng(0)
    cells = [
        Cell(f"R{i}", f"c{j}", rng.uniform(50, 150), 2.0, rng.gamma(9, 9, (200, 1)) * GRID**0.6)
        for i in range(8)
        for j in range(6)
    ]
    plan = optimize_plan(cells, np.full(48, 0.5), np.full(48, 1.5))
    spend = np.array([c.spend for c in cells])
    assert plan @ spend == pytest.approx(spend.sum())
    assert make_task(cells, np.full(48, 0.5), np.full(48, 1.5)).value(plan) > 0
