"""The simulated company: it is its own definition, and it misleads in the stated way."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from mmm_helpers.simulation import custom_market, simulate_company
from mmm_helpers.simulation.recipe import CHANNELS, MARKETS
from mmm_helpers.simulation.world import LEAD_IN

PAID = [code for code, channel in CHANNELS.items() if channel.paid]


def test_the_same_seed_gives_the_same_company(company):
    again = simulate_company(markets=["NO"])
    assert np.array_equal(again.markets["NO"].outcome, company.markets["NO"].outcome)


def test_another_seed_gives_another_company(company):
    other = simulate_company(1, markets=["NO"])
    assert not np.allclose(other.markets["NO"].outcome, company.markets["NO"].outcome)


def test_histories_have_the_announced_shape(company):
    shapes = {code: world.outcome.shape for code, world in company.markets.items()}
    assert shapes == {
        "US": (156, 5),
        "DE": (156, 4),
        "JP": (156, 4),
        "NO": (156, 2),
        "PT": (40, 2),
        "IE": (156, 1),
    }


def test_weeks_start_on_sunday_in_the_us_and_on_monday_elsewhere(company):
    starts = {code: set(world.dates.day_name()) for code, world in company.markets.items()}
    assert starts.pop("US") == {"Sunday"}
    assert set.union(*starts.values()) == {"Monday"}


@pytest.mark.parametrize("market", list(MARKETS))
def test_parts_add_up_to_the_outcome(company, market):
    world = company.markets[market]
    media = sum(company.contribution(market, channel).to_numpy() for channel in world.truth)
    total = sum(world.components.values()) + media + world.shock + world.noise
    assert np.abs(total / world.outcome - 1).max() < 1e-9


@pytest.mark.parametrize("market", list(MARKETS))
def test_media_bring_a_fifth_to_a_third_of_the_outcome(company, market):
    world = company.markets[market]
    media = sum(company.contribution(market, channel).to_numpy().sum() for channel in world.truth)
    assert 0.20 < media / world.outcome.sum() < 0.33


@pytest.mark.parametrize("market", list(MARKETS))
def test_spend_is_a_tenth_to_a_seventh_of_the_outcome(company, market):
    world = company.markets[market]
    spend = sum(company.spend(market, c).to_numpy().sum() for c in PAID if c in world.truth)
    assert 0.10 < spend / world.outcome.sum() < 0.14


def test_constant_mean_spend_earns_the_return_at_mean_spend(company):
    truth = company.markets["DE"].truth["tv"]
    mean = truth.mean_per_head * truth.population
    steady = truth.response(np.tile(mean, (20, 1)))[-1]
    assert steady / mean == pytest.approx(truth.return_at_mean)


def test_response_follows_its_formula_in_the_first_week(company):
    truth = company.markets["DE"].truth["display"]
    spend = np.full((1, 4), 1000.0)
    weight = 1 / sum(0.3**lag for lag in range(8))
    per_head = weight * 1000.0 / truth.population
    expected = truth.population * truth.beta * per_head / (truth.kappa + per_head)
    assert truth.response(spend)[0] == pytest.approx(expected)


def test_outcome_under_other_spend_differs_by_the_contribution_alone(company):
    path = company.spend("JP", "social") * 1.2
    change = company.outcome("JP", {"social": path}) - company.outcome("JP")
    expected = company.contribution("JP", "social", path) - company.contribution("JP", "social")
    assert np.allclose(change, expected, atol=1e-3)


def test_a_region_left_untouched_keeps_its_outcome(company):
    path = company.spend("DE", "tv")
    path["Nord"] = 0.0
    change = company.outcome("DE", {"tv": path}) - company.outcome("DE")
    assert change.drop(columns="Nord").eq(0).all(axis=None)


def test_national_television_is_the_same_per_head_in_every_region(company):
    world = company.markets["JP"]
    per_head = world.amounts["tv"] / [r.population for r in world.recipe.regions]
    assert np.allclose(per_head, per_head[:, [0]])


def test_late_channel_has_no_spend_before_its_start(company):
    spend = company.markets["IE"].amounts["online_video"][:, 0]
    assert not spend[: LEAD_IN + 88].any()
    assert spend[LEAD_IN + 88 :].mean() > 0


def test_norway_has_no_out_of_home(company):
    assert "ooh" not in company.markets["NO"].truth


def test_returns_spread_over_markets_and_regions_as_stated():
    many = simulate_company(5, markets=[custom_market(f"M{i:02d}", regions=4, weeks=26) for i in range(60)])
    logs = np.log(
        [m.truth["social"].return_at_mean / CHANNELS["social"].mean_return for m in many.markets.values()]
    )
    assert logs.std() == pytest.approx(np.hypot(0.25, 0.20), abs=0.04)
    assert logs.mean() == pytest.approx(0.0, abs=0.09)


def _brand_search_return(company, *, demand: bool) -> tuple[float, float]:
    """Return of brand search by least squares over all US regions, and its standard error."""
    world, tables = company.markets["US"], []
    for r, region in enumerate(world.regions):
        media = {c: company.contribution("US", c)[region] for c in world.truth}
        table = pd.DataFrame(media) / world.outcome[:, r].mean()
        table[f"level_{region}"], table[f"trend_{region}"] = 1.0, np.arange(156) / 156
        known = [n for n in world.components if n.startswith("control:") and n != "control:demand_index"]
        for name in ["seasonality", "holidays", *known]:
            table[name] = world.components[name][:, r] / world.outcome[:, r].mean()
        if demand:
            table["demand"] = world.demand[:, r]
        tables.append(table.assign(y=world.outcome[:, r] / world.outcome[:, r].mean()))
    data = pd.concat(tables).fillna(0.0)
    fit = sm.OLS(data["y"], data.drop(columns="y")).fit()
    truth = company.contribution("US", "search_brand").to_numpy().sum()
    scale = truth / company.spend("US", "search_brand").to_numpy().sum()
    return fit.params["search_brand"] * scale, fit.bse["search_brand"] * scale


@pytest.fixture(scope="module")
def untested():
    """The same company had it never tested: weeks without brand search by chance would teach the regression."""
    return simulate_company(markets=["US"], experiments={})


def test_without_demand_brand_search_looks_many_times_too_good(untested):
    estimate, error = _brand_search_return(untested, demand=False)
    assert estimate - 3 * error > 1.0


def test_with_the_true_demand_brand_search_is_unbiased(untested):
    estimate, error = _brand_search_return(untested, demand=True)
    assert estimate == pytest.approx(0.2, abs=2.5 * error)


def test_a_company_that_ignores_demand_is_not_misled():
    calm = simulate_company(markets=["US"], chase=0.0, experiments={})
    estimate, error = _brand_search_return(calm, demand=False)
    assert estimate == pytest.approx(0.2, abs=2.5 * error)


def test_demand_index_has_a_quarter_of_the_variance_as_noise(company):
    world = company.markets["US"]
    noise = (world.controls["demand_index"] - 100) / 10 - world.demand
    assert noise.std() == pytest.approx(0.5, abs=0.03)


def test_unknown_market_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"US, DE, JP, NO, PT, IE.*Got 'FR'"):
        simulate_company(markets=["FR"])


def test_too_short_a_history_is_refused():
    with pytest.raises(ValueError, match=r"at least 26\. Got 10"):
        simulate_company(markets=["DE"], weeks=10)
