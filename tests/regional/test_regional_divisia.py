"""The decomposition of a gap: exact, order-free, and as uncertain as it says."""

from __future__ import annotations

import numpy as np
import pytest

from mmm_helpers.regional.chains import CHAINS, delivery_rows
from mmm_helpers.regional.divisia import (
    ALL,
    GAP,
    MIX,
    chain_items,
    compute_costs,
    compute_gap,
    divisia_parts,
    log_mean,
)
from mmm_helpers.regional.jackknife import half_width, jackknife


def test_log_mean_lies_between_the_geometric_and_the_arithmetic_mean():
    a, b = np.random.default_rng(1).lognormal(0, 2, (2, 1000))
    mean = log_mean(b, a)
    assert np.all(np.sqrt(a * b) <= mean * (1 + 1e-12))
    assert np.all(mean <= (a + b) / 2 * (1 + 1e-12))
    np.testing.assert_allclose(mean, log_mean(a, b), rtol=1e-10)


def test_log_mean_is_smooth_where_both_are_alike():
    a = 7.0
    for gap in (1e-4, 1e-8, 1e-11, 1e-13, 0.0):
        assert log_mean(a * (1 + gap), a) == pytest.approx(a * (1 + gap / 2), rel=1e-9)


def test_closed_form_of_two_factors():
    # e·e against 1·1: each factor is half of ln(e²), the weight is (e² − 1) / 2
    parts = divisia_parts(np.ones((1, 2)), np.full((1, 2), np.e))
    np.testing.assert_allclose(parts, [[(np.e**2 - 1) / 2] * 2], rtol=1e-12)


def test_parts_add_up_and_turn_with_the_regions():
    rng = np.random.default_rng(2)
    one, other = rng.lognormal(0, 1.5, (2, 200, 6, 5))
    parts = divisia_parts(one, other)
    gap = other.prod(axis=-1).sum(axis=-1) - one.prod(axis=-1).sum(axis=-1)
    size = np.maximum(other.prod(axis=-1).sum(axis=-1), one.prod(axis=-1).sum(axis=-1))
    assert np.max(np.abs(parts.sum(axis=(-1, -2)) - gap) / size) < 1e-12
    np.testing.assert_allclose(divisia_parts(other, one), -parts, atol=1e-9)


def test_factors_may_stand_in_any_order():
    rng = np.random.default_rng(3)
    one, other = rng.lognormal(0, 1, (2, 4, 3))
    np.testing.assert_allclose(
        divisia_parts(one, other)[:, ::-1], divisia_parts(one[:, ::-1], other[:, ::-1])
    )


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("code", ["DE", "NO"])
def test_a_markets_parts_add_up_to_its_gap(reported, code, chain):
    _, panel = reported(code, 7)
    rows = delivery_rows(panel, channels=[c[6:] for c in panel if c.startswith("spend_")])
    costs = compute_costs(rows)
    cheap, dear = costs["region"].iloc[[0, -1]]
    gap = compute_gap(rows, chain=chain, base=cheap, region=dear)
    parts = gap[~gap["factor"].eq(GAP) & ~gap["channel"].eq(ALL)]["part_mean"].sum()
    whole = gap[gap["factor"].eq(GAP) & gap["channel"].eq(ALL)]["part_mean"].item()
    cpa = costs.set_index("region")["cpa_mean"]
    assert abs(parts - whole) < 1e-12 * cpa[dear]
    assert abs(whole - (cpa[dear] - cpa[cheap])) < 1e-12 * cpa[dear]


def test_a_known_gap(small_panel):
    rows = delivery_rows(small_panel, channels=["x", "y"])
    gap = compute_gap(rows, chain="impression", base="A", region="B")
    whole = gap[gap["channel"] == ALL].set_index("factor")["part_mean"]
    # 5 against 20: CPM doubles and the conversion rate halves, each one half of ln 4
    assert whole[GAP] == pytest.approx(15.0)
    assert whole[["cpm", "conversion_rate"]].to_numpy() == pytest.approx([7.5, 7.5])
    assert whole[[MIX, "viewability", "click_through"]].to_numpy() == pytest.approx(0.0, abs=1e-12)


def test_weeks_that_are_all_alike_leave_no_doubt(small_panel):
    rows = delivery_rows(small_panel, channels=["x"])
    gap = compute_gap(rows, chain="click", base="A", region="B")
    np.testing.assert_allclose(gap["part_q95"] - gap["part_q05"], 0.0, atol=1e-9)


def test_too_few_periods_have_no_interval(small_panel):
    few = small_panel[small_panel["date"] < "2025-01-25"]
    gap = compute_gap(delivery_rows(few, channels=["x"]), chain="click", base="A", region="B")
    assert gap["part_mean"].notna().all()
    assert gap["part_q05"].isna().all()


RATES = np.array([[[0.010, 0.60, 0.02, 0.10], [0.060, 0.90, 0.05, 0.08]],
                  [[0.013, 0.60, 0.02, 0.08], [0.070, 0.92, 0.05, 0.09]]])  # fmt: skip
"""Regions × channels × (cost per impression, viewability, click-through, conversion rate)."""


def _year(rng: np.random.Generator, memory: float) -> dict[str, np.ndarray]:
    """52 weeks (weeks, regions, channels): rates that remember, counts by chance, delivery of its own."""
    sd = 0.12 / np.sqrt(1 - memory**2)
    noise = rng.normal(0, 0.12, (52, 2, 2, 4))
    noise[0] = rng.normal(0, sd, (2, 2, 4))
    for t in range(1, 52):
        noise[t] += memory * noise[t - 1]
    rates = RATES * np.exp(noise - 0.5 * sd**2)
    impressions = np.round(rng.lognormal(11, 0.3, (52, 2, 2)))
    viewable = rng.binomial(impressions.astype(int), np.minimum(rates[..., 1], 1.0))
    clicks = rng.binomial(viewable, rates[..., 2])
    counts = {"impressions": impressions, "viewable_impressions": viewable, "clicks": clicks}
    return counts | {"spend": impressions * rates[..., 0], "conversions": rng.binomial(clicks, rates[..., 3])}


def _parts(totals: dict[str, np.ndarray]) -> np.ndarray:
    items = chain_items(totals, "impression")
    return divisia_parts(items[..., 0, :, :], items[..., 1, :, :]).sum(axis=-2)


@pytest.mark.parametrize(("memory", "low", "high"), [(0.0, 0.875, 0.925), (0.3, 0.85, 0.925)])
def test_intervals_of_the_parts_cover_the_truth(memory, low, high):
    rng = np.random.default_rng(1)
    expected = {"impressions": np.full((2, 2), 1e6), "spend": 1e6 * RATES[..., 0]}
    expected["viewable_impressions"] = 1e6 * RATES[..., 1]
    expected["clicks"] = expected["viewable_impressions"] * RATES[..., 2]
    expected["conversions"] = expected["clicks"] * RATES[..., 3]
    truth, hits = _parts(expected), []
    for _ in range(1000):
        year = _year(rng, memory)
        blocks = {n: v.reshape(13, 4, 2, 2).sum(axis=1).astype(float) for n, v in year.items()}
        value, se = jackknife(blocks, _parts)
        hits.append(np.abs(value - truth) <= half_width(se, blocks=13))
    covered = np.mean(hits, axis=0)  # of 90 %; rates that remember widen an error more than four weeks show
    assert np.all((covered > low) & (covered < high)), covered
