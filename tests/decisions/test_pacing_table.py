"""A channel's course by the model's draws, against the whole model's own counterfactual."""

import numpy as np
import pytest

from mmm_helpers.decisions.pacing_table import compute_pacing, market_course, most_seen
from mmm_helpers.decisions.responses import plan_cells, todays_level
from mmm_helpers.estimands.money import Money

MONEY = Money(rate=0.5, value=np.array([1.0, 3.0]), is_revenue=True)
HORIZON = 6


@pytest.fixture(scope="module")
def design(small_design):
    return small_design(2)


@pytest.fixture(scope="module")
def draws(design, small_draws):
    return small_draws(design, draws=10)


@pytest.fixture(scope="module")
def known(design):
    return np.ones(design.media.shape, bool)


def test_a_course_is_worth_what_the_model_says(design, draws, known, landed_by_loop):
    multiples, plan = np.array([1.2, 0.9]), np.array([0.0, 2.0, 1.5, 0.5, 1.0, 1.0])
    about = {"most": 2.0, "horizon": HORIZON, "known": known}
    course = market_course(design, draws, MONEY, "tv", multiples, **about)
    level = todays_level(design, known, 0) * multiples
    lags = len(course.before)
    path = np.vstack(
        [design.media[len(design.dates) - lags :, :, 0], plan[:, None] * level, np.tile(level, (lags, 1))]
    )
    landed = landed_by_loop(design, draws, "tv", 3, media=path)[lags:]
    assert course.value(plan)[3] == pytest.approx((landed * MONEY.value * MONEY.rate).sum())


def test_the_table_keeps_every_channels_total(design, draws, known):
    cells = plan_cells(design, draws, MONEY, horizon=HORIZON, national=set())
    plan = np.linspace(0.9, 1.1, len(cells))
    table = compute_pacing(design, draws, MONEY, cells, plan, horizon=HORIZON, known=known, prices={})
    totals = table.groupby("channel", sort=False)[["even", "paced"]].sum()
    for channel, row in totals.iterrows():
        expected = sum(c.spend * m for c, m in zip(cells, plan, strict=True) if c.channel == channel)
        assert row.tolist() == pytest.approx([expected, expected])
    assert (table["paced"] >= 0).all()
    assert (table["paced"] <= table["most_seen"] * (1 + 1e-9)).all()
    assert (table["gain_mean"] >= 0).all()


def test_most_seen_is_the_markets_quantile(design, known):
    spend = 0.5 * (design.media[:, :, 0] * design.media_unit[:, 0]).sum(axis=1)
    assert most_seen(design, "tv", MONEY, known) == pytest.approx(np.quantile(spend, 0.95))
