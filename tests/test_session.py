"""What a notebook's first cell opens, and what it refuses."""

import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from mmm_helpers.errors import InputError
from mmm_helpers.inputs.store import write_table
from mmm_helpers.layout import Layout
from mmm_helpers.session import OpenMarket, OpenPortfolio, open_market, open_portfolio


def _spec(**changes) -> SimpleNamespace:
    channels = {"tv": SimpleNamespace(label="TV"), "x": SimpleNamespace(label=None)}
    spec = {
        "name": "demo",
        "reporting_currency": "EUR",
        "overall_worth": 0.4,
        "channels": channels,
        "frequency": "weekly",
        "budget": SimpleNamespace(horizon=None),
        "markets": {"DE": None, "JP": None},
    }
    return SimpleNamespace(**(spec | changes))


def _market(folder: Path, *, profile: str = "standard", **changes) -> OpenMarket:
    return OpenMarket(_spec(**changes), Layout("demo", folder), profile, False, "DE")


def _portfolio(folder: Path, **changes) -> OpenPortfolio:
    return OpenPortfolio(_spec(**changes), Layout("demo", folder), "standard", False)


def test_unknown_market_is_refused_with_the_nearest_code(tmp_path):
    with pytest.raises(InputError, match=r"there is no market 'DEE'.*'DE'"):
        open_market("DEE", results=str(tmp_path))


def test_missing_results_are_an_error_in_a_pipeline_run(tmp_path):
    with pytest.raises(InputError, match=r"Market DE: panel\.parquet is missing"):
        open_market("DE", results=str(tmp_path), build=False)


def test_refusal_says_how_to_build_what_is_missing(tmp_path):
    with pytest.raises(InputError, match="run make report, or pass build=True"):
        open_market("DE", results=str(tmp_path), build=False)


def test_missing_table_of_a_market_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"channel_effects\.csv is missing"):
        _market(tmp_path).table("channel_effects")


def test_missing_table_of_the_portfolio_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"scoreboard\.csv is missing"):
        open_portfolio(results=str(tmp_path), build=False).table("scoreboard")


def test_table_is_read_where_it_was_written(tmp_path):
    market = _market(tmp_path)
    write_table(pd.DataFrame({"market": ["DE"], "x": [1.5]}), market.layout, "DE", "mine")
    assert market.table("mine")["x"].tolist() == [1.5]


def test_market_named_na_stays_a_text(tmp_path):
    market = _market(tmp_path)
    write_table(pd.DataFrame({"market": ["NA"], "region": ["NA"]}), market.layout, "DE", "mine")
    assert market.table("mine").iloc[0].tolist() == ["NA", "NA"]


@pytest.fixture
def built(monkeypatch) -> list[str]:
    """Profiles that tables were built for; building itself is left out."""
    calls: list[str] = []
    monkeypatch.setattr(
        "mmm_helpers.session.build_tables", lambda spec, layout, profile: calls.append(profile)
    )
    return calls


def _with_posterior(folder: Path, *, panel_is_newer: bool, build: bool = True) -> OpenMarket:
    market = OpenMarket(_spec(), Layout("demo", folder), "standard", build, "DE")
    for name in ("mine", "data_quality"):
        write_table(pd.DataFrame({"market": ["DE"]}), market.layout, "DE", name)
    for path in (market.layout.panel("DE"), market.layout.posterior("DE")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    age = market.layout.posterior("DE").stat().st_mtime + (60 if panel_is_newer else -60)
    os.utime(market.layout.panel("DE"), (age, age))
    return market


def test_tables_of_earlier_data_are_built_anew(tmp_path, built):
    _with_posterior(tmp_path, panel_is_newer=True).table("mine")
    assert built == ["standard"]


def test_current_tables_are_not_built_again(tmp_path, built):
    _with_posterior(tmp_path, panel_is_newer=False).table("mine")
    assert built == []


def test_the_gates_own_table_needs_no_model(tmp_path, built):
    _with_posterior(tmp_path, panel_is_newer=True).table("data_quality")
    assert built == []


def test_a_pipeline_run_never_builds(tmp_path, built):
    _with_posterior(tmp_path, panel_is_newer=True, build=False).table("mine")
    assert built == []


def test_portfolio_names_the_markets_that_have_a_posterior(tmp_path):
    portfolio = _portfolio(tmp_path)
    path = portfolio.layout.posterior("JP")
    path.parent.mkdir(parents=True)
    path.touch()
    assert portfolio.codes == ["JP"]


def test_portfolio_opens_its_markets(tmp_path):
    assert _portfolio(tmp_path).market("JP").code == "JP"


def test_a_portfolio_never_run_has_an_empty_record(tmp_path):
    assert _portfolio(tmp_path).run_record == {}


def test_break_even_is_one_over_the_margin(tmp_path):
    assert _portfolio(tmp_path).break_even == pytest.approx(2.5)


def test_break_even_is_unknown_with_the_margin(tmp_path):
    assert _portfolio(tmp_path, overall_worth=None).break_even is None


def test_channel_without_a_label_goes_by_its_code(tmp_path):
    assert _portfolio(tmp_path).labels == {"tv": "TV", "x": "x"}


@pytest.mark.parametrize(("profile", "preview"), [("quick", True), ("standard", False), ("full", False)])
def test_quick_is_a_preview(profile, preview, tmp_path):
    assert _market(tmp_path, profile=profile).is_preview is preview


def test_plans_cover_a_quarter_unless_stated(tmp_path):
    assert _market(tmp_path).horizon == 13


def test_a_stated_horizon_holds(tmp_path):
    assert _market(tmp_path, budget=SimpleNamespace(horizon=26)).horizon == 26


@pytest.mark.parametrize(("frequency", "unit"), [("daily", "day"), ("weekly", "week"), ("monthly", "month")])
def test_unit_is_the_name_of_a_period(frequency, unit, tmp_path):
    assert _market(tmp_path, frequency=frequency).unit == unit
