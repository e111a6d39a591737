"""Raw exports: messy as promised, the same at every run, and nothing lost against the truth."""

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.simulation.exports import raw_files
from mmm_helpers.simulation.world import LEAD_IN, simulate_company
from mmm_helpers.simulation.write import truth_files, write_demo

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def files(company):
    return raw_files(company)


def _total(company, market, channel):
    return company.markets[market].amounts[channel][LEAD_IN:].sum()


def test_shipped_raw_files_are_what_the_seed_gives(files):
    different = [name for name, content in files.items() if (DEMO / name).read_bytes() != content]
    assert different == []


def test_shipped_truth_is_what_the_seed_gives(company):
    different = [n for n, content in truth_files(company).items() if (DEMO / n).read_bytes() != content]
    assert different == []


def test_shipped_folder_holds_nothing_else(company, files):
    shipped = {p.relative_to(DEMO).as_posix() for p in (DEMO / "raw").rglob("*") if p.is_file()}
    assert shipped == {name for name in files if name.startswith("raw/")}


def test_raw_files_stay_below_ten_megabytes(files):
    assert sum(map(len, files.values())) < 10e6


def test_truth_stays_below_three_megabytes(company):
    assert sum(map(len, truth_files(company).values())) < 3e6


def test_us_sales_with_thousands_separators_conserve_revenue(company, files):
    sales = pd.read_csv(io.BytesIO(files["raw/us/sales_weekly.csv"]), thousands=",")
    assert sales["Net Sales (USD)"].sum() == pytest.approx(company.markets["US"].outcome.sum(), abs=0.01)


def test_us_weeks_start_on_sunday(files):
    sales = pd.read_csv(io.BytesIO(files["raw/us/sales_weekly.csv"]))
    weeks = pd.to_datetime(sales["Week Beginning"], format="%m/%d/%Y")
    assert set(weeks.dt.day_name()) == {"Sunday"}


def test_us_daily_ads_conserve_spend(company, files):
    ads = pd.read_parquet(io.BytesIO(files["raw/us/ads_daily.parquet"]))
    brand = ads.loc[ads["platform"] == "Google Ads - Brand", "cost_usd"].sum()
    assert brand == pytest.approx(_total(company, "US", "search_brand"), abs=0.01)


def test_german_files_have_semicolons_commas_and_a_windows_encoding(company, files):
    text = files["raw/de/umsatz.csv"].decode("cp1252")
    sales = pd.read_csv(io.StringIO(text), sep=";", decimal=",")
    assert "Süd" in set(sales["Gebiet"])
    assert sales["Woche ab"][0] == "02.01.2023"
    assert sales["Umsatz"].sum() == pytest.approx(company.markets["DE"].outcome.sum(), abs=0.01)


def test_german_daily_ads_conserve_spend(company, files):
    text = gzip.decompress(files["raw/de/werbung_taeglich.csv.gz"]).decode("cp1252")
    ads = pd.read_csv(io.StringIO(text), sep=";", decimal=",")
    social = ads.loc[ads["Kanal"] == "Social", "Kosten"].sum()
    assert social == pytest.approx(_total(company, "DE", "social"), abs=0.01)


def test_japanese_sales_come_in_excel_below_a_title(company, files):
    sales = pd.read_excel(io.BytesIO(files["raw/jp/sales.xlsx"]), sheet_name="週次売上", skiprows=2)
    assert sales["売上高"].sum() == company.markets["JP"].outcome.sum()
    assert len(sales) == 4 * 156


def test_japanese_television_has_no_region_and_conserves_spend(company, files):
    tv = pd.read_csv(io.BytesIO(files["raw/jp/tv_national.csv"]))
    assert tv.columns.tolist() == ["date", "tv_spend", "tv_impressions", "tv_reach"]
    assert tv["tv_spend"].sum() == pytest.approx(_total(company, "JP", "tv"), abs=1)


def test_norway_lacks_two_weeks_of_one_regions_sales(files):
    sales = pd.read_csv(io.BytesIO(files["raw/no/salg.csv"]))
    blank = sales[sales["omsetning"].isna()]
    assert blank["landsdel"].tolist() == ["Vestlandet"] * 2
    assert blank["uke_start"].tolist() == ["2024-07-08", "2024-07-15"]


def test_ireland_names_no_region(files):
    names = ("sales.csv", "tv_ooh_email.csv", "economy_monthly.csv")
    assert all(b"region" not in files[f"raw/ie/{name}"].splitlines()[0] for name in names)


def test_irish_online_video_starts_late(files):
    ads = pd.read_csv(io.BytesIO(gzip.decompress(files["raw/ie/ads_daily.csv.gz"])))
    assert ads.loc[ads["channel"] == "online_video", "date"].min().startswith("2024-09")


def test_economic_index_is_monthly(files):
    months = pd.read_csv(io.BytesIO(files["raw/no/oekonomi.csv"]))["maaned"]
    assert (
        months.tolist() == pd.date_range("2023-01-01", "2025-12-01", freq="MS").strftime("%Y-%m-%d").tolist()
    )


def test_rates_cover_every_week_of_every_foreign_market(company, files):
    rates = pd.read_csv(io.BytesIO(files["fx.csv"]), parse_dates=["date"])
    for code in ("US", "JP", "NO"):
        world = company.markets[code]
        dates = rates.loc[rates["currency"] == world.recipe.currency, "date"]
        gaps = world.dates.to_numpy() - dates.min().to_datetime64()
        assert (gaps > np.timedelta64(0)).all()
        assert dates.max() >= world.dates[-1]


def test_writing_leaves_the_hand_written_files_alone(tmp_path):
    (tmp_path / "portfolio.yml").write_text("name: mine")
    write_demo(simulate_company(markets=["PT"], weeks=30), tmp_path)
    assert (tmp_path / "portfolio.yml").read_text() == "name: mine"
