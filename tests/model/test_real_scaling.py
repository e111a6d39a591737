"""Scaling that means something: per head, in any currency; controls, events and attributes of regions."""

from __future__ import annotations

import numpy as np
import pytest

SCALED = ("media", "mean_media", "prior_share", "controls", "scaled_outcome", "observed", "predictors")
"""All that the model is told."""


@pytest.fixture(scope="module")
def sound(panels):
    return panels.design(panels.tables())


def test_relabelling_the_currency_changes_no_number_that_the_model_sees(panels, sound):
    """By a power of two, so that even the last digit has to agree."""
    money = {"sales": "revenue", "tv": "tv_spend", "search": "search_spend"}
    relabelled = {n: t.assign(**{money[n]: 128 * t[money[n]]}) for n, t in panels.tables().items()}
    other = panels.design(relabelled)
    for name in SCALED:
        assert np.array_equal(getattr(sound, name), getattr(other, name)), name
    assert np.array_equal(128 * sound.media_unit, other.media_unit)


def test_regions_of_different_size_with_the_same_spend_per_head_have_the_same_media(panels):
    media = {"search": np.repeat(panels.spend()["search"][:, :1], 3, axis=1)}
    known = panels.design(panels.world(media).tables())
    assert known.media[:, 1] == pytest.approx(known.media[:, 0], rel=1e-12)
    assert known.media[:, 2] == pytest.approx(known.media[:, 0], rel=1e-12)


def test_without_population_a_regions_outcome_stands_in_for_its_size(panels):
    tables = panels.tables()
    yaml = panels.yaml.replace("regions: regions.csv\n", "")
    search = tables["sales"].rename(columns={"revenue": "search_spend"}).groupby("region")["search_spend"]
    spend = tables["search"].assign(search_spend=0.01 * search.transform("mean").to_numpy())
    spend["search_spend"] *= 1 + spend["date"].rank(method="dense") % 5
    known = panels.design(tables | {"search": spend}, yaml=yaml)
    assert known.media[:, 1, 1] == pytest.approx(known.media[:, 0, 1], rel=1e-12)


def test_national_spend_is_alike_for_all_heads_and_enters_as_one(panels, sound):
    assert sound.media[:, :, 0] == pytest.approx(np.repeat(sound.media[:, :1, 0], 3, axis=1), rel=1e-12)
    assert sound.spend[:, :, 0].sum(axis=1) == pytest.approx(panels.tables()["tv"]["tv_spend"].to_numpy())
    assert sound.national.tolist() == [True, False]


CONTROLS = "controls:\n  price: {role: precision}\n  promotion: {role: confounder}\n"


def test_rescaling_a_control_changes_nothing(panels):
    rng, tables = np.random.default_rng(4), panels.tables()
    yaml, sales = panels.yaml.replace("regions:", f"{CONTROLS}regions:", 1), tables["sales"]
    sales = sales.assign(price=rng.normal(100, 2, len(sales)), promotion=rng.integers(0, 2, len(sales)))
    one, other, shifted = (
        panels.design(tables | {"sales": sales.assign(price=price)}, yaml=yaml)
        for price in (sales["price"], 8 * sales["price"], sales["price"] / 7 - 3)
    )
    assert one.control_names == ["price", "promotion"]
    assert np.array_equal(one.controls, other.controls)
    assert one.controls == pytest.approx(shifted.controls, abs=1e-9)


def test_controls_are_standardised_over_the_market(panels):
    rng, tables = np.random.default_rng(4), panels.tables()
    yaml = panels.yaml.replace("regions:", "controls: {price: {role: precision}}\nregions:", 1)
    sales = tables["sales"].assign(price=rng.normal(100, 2, len(tables["sales"])))
    controls = panels.design(tables | {"sales": sales}, yaml=yaml).controls
    assert controls.mean() == pytest.approx(0.0, abs=1e-12)
    assert controls.std() == pytest.approx(1.0)


def test_an_event_is_a_control_in_its_periods_and_regions(panels):
    dates = f"start: {panels.week(50)}, end: {panels.week(52)}"
    event = f"events:\n  - {{name: strike, {dates}, regions: [South]}}\n"
    known = panels.design(panels.tables(), yaml=panels.yaml + event)
    moved = known.controls[:, :, known.control_names.index("event:strike")]
    assert np.argwhere(moved > 0).tolist() == [[50, 2], [51, 2], [52, 2]]


def test_attributes_of_regions_reach_the_model_standardised(panels, sound):
    logs = np.log(list(panels.heads.values()))
    assert sound.predictor_names == ["population"]
    assert sound.predictors[:, 0] == pytest.approx((logs - logs.mean()) / logs.std())
