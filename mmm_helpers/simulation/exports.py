"""Raw files of the demo, one set per market, each with its own habits as real exports have them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from mmm_helpers.simulation import observed
from mmm_helpers.simulation.formats import csv_bytes, excel_bytes, gzip_bytes, parquet_bytes
from mmm_helpers.simulation.lift_tests import lift_test_table
from mmm_helpers.simulation.world import Company, MarketWorld

Files = dict[str, bytes]
Names = dict[str, str]

OUTAGE = ("West", "2024-07-08", "2024-07-15")
"""Norway's sales system was down in this region in these weeks: blank revenue, declared in the portfolio."""


def _renamed(table: pd.DataFrame, columns: Names, regions: Names | None = None) -> pd.DataFrame:
    """Columns in the order and under the names of `columns`; region names as the file spells them."""
    table = table.copy()
    if regions:
        table["region"] = table["region"].map(regions)
    return table[list(columns)].rename(columns=columns)


def _title(column: str) -> str:
    """`tv_reach` as a heading: TV Reach."""
    words = column.split("_")
    return " ".join(w.upper() if w in ("tv", "ooh") else w.title() for w in words)


def _us(world: MarketWorld) -> Files:
    """Weeks from Sunday, month/day/year, thousands separators, region codes, ads in Parquet."""
    codes = {"Northeast": "NE", "Southeast": "SE", "Midwest": "MW", "Southwest": "SW", "West": "W"}
    platforms = {
        "online_video": "YouTube and CTV",
        "social": "Meta",
        "search_brand": "Google Ads - Brand",
        "search_generic": "Google Ads - Non-Brand",
        "display": "Display and Video 360",
    }
    sales = observed.sales_table(world)
    sales["revenue"] = sales["revenue"].map("{:,.2f}".format)
    ads = observed.digital_table(world).assign(channel=lambda t: t["channel"].map(platforms))
    counts = {"impressions": "int32", "viewable_impressions": "int32", "clicks": "int32"}
    ads = ads.astype(counts | {"reach": "int32", "conversions": "int32"})
    ads_columns = {
        "date": "day", "region": "region_code", "channel": "platform", "spend": "cost_usd",
        "impressions": "impr", "viewable_impressions": "viewable_impr", "clicks": "clicks",
        "reach": "reach", "conversions": "conversions", "click_to_order_days": "days_to_order",
        "impression_share": "impr_share", "auction_overlap": "auction_overlap",
    }  # fmt: skip
    weekly = {"region": "Region", "date": "Week Beginning"}
    drivers = weekly | {name: _title(name) for name in observed.DRIVERS}
    offline = observed.offline_table(world)
    media = weekly | {c: _title(c) for c in offline.columns[2:]}
    us = {"date_format": "%m/%d/%Y"}
    sales_columns = weekly | {"revenue": "Net Sales (USD)", "organic_sessions": "Organic Sessions"}
    return {
        "sales_weekly.csv": csv_bytes(_renamed(sales, sales_columns, codes), **us),
        "store_drivers.csv": csv_bytes(_renamed(observed.driver_table(world), drivers, codes), **us),
        "tv_ooh_email.csv": csv_bytes(_renamed(offline, media, codes), **us),
        "ads_daily.parquet": parquet_bytes(_renamed(ads, ads_columns, codes)),
        "economy_monthly.csv": csv_bytes(observed.economy_table(world)),
    }


def _de(world: MarketWorld) -> Files:
    """Semicolons, decimal commas, dd.mm.yyyy, Windows encoding, German names."""
    channels = {
        "online_video": "Online-Video",
        "social": "Social",
        "search_brand": "Suche Marke",
        "search_generic": "Suche generisch",
        "display": "Display",
    }
    german = {"sep": ";", "decimal": ",", "date_format": "%d.%m.%Y", "encoding": "cp1252"}
    weekly = {"date": "Woche ab", "region": "Gebiet"}
    sales = weekly | {"revenue": "Umsatz", "organic_sessions": "Besuche organisch"}
    drivers = weekly | {
        "price_index": "Preisindex", "competitor_activity": "Wettbewerb", "promotion": "Aktion",
        "launch": "Neueinführung", "consumer_sentiment": "Konsumklima", "demand_index": "Suchinteresse",
    }  # fmt: skip
    offline = weekly | {
        "tv_spend": "TV Kosten", "tv_impressions": "TV Kontakte", "tv_reach": "TV Reichweite",
        "ooh_spend": "Außenwerbung Kosten", "ooh_impressions": "Außenwerbung Kontakte",
        "ooh_reach": "Außenwerbung Reichweite", "email_spend": "E-Mail Kosten",
        "email_impressions": "E-Mail versandt", "email_viewable_impressions": "E-Mail geöffnet",
        "email_clicks": "E-Mail Klicks", "email_conversions": "E-Mail Bestellungen",
    }  # fmt: skip
    digital = {
        "date": "Tag", "region": "Gebiet", "channel": "Kanal", "spend": "Kosten",
        "impressions": "Impressionen", "viewable_impressions": "sichtbar", "clicks": "Klicks",
        "reach": "Reichweite", "conversions": "Bestellungen", "click_to_order_days": "Tage bis Bestellung",
        "impression_share": "Anteil Impressionen", "auction_overlap": "Überschneidung Auktionen",
    }  # fmt: skip
    ads = observed.digital_table(world).assign(channel=lambda t: t["channel"].map(channels))
    return {
        "umsatz.csv": csv_bytes(_renamed(observed.sales_table(world), sales), **german),
        "einfluesse.csv": csv_bytes(_renamed(observed.driver_table(world), drivers), **german),
        "klassische_medien.csv": csv_bytes(_renamed(observed.offline_table(world), offline), **german),
        "werbung_taeglich.csv.gz": gzip_bytes(csv_bytes(_renamed(ads, digital), **german)),
        "konjunktur.csv": csv_bytes(
            _renamed(observed.economy_table(world), {"date": "Monat", "economic_index": "Index"}), **german
        ),
    }


def _jp(world: MarketWorld) -> Files:
    """Sales in Excel below a title, TV for the whole country, yen without decimals."""
    names = {"Kanto": "関東", "Kansai": "関西", "Chubu": "中部", "Kyushu": "九州"}
    channels = {
        "online_video": "動画広告",
        "social": "SNS広告",
        "search_brand": "検索広告(指名)",
        "search_generic": "検索広告(一般)",
        "display": "ディスプレイ広告",
    }
    japanese = {"date_format": "%Y/%m/%d"}
    sales = observed.sales_table(world).astype({"revenue": "int64"})
    table = sales.merge(observed.driver_table(world), on=["region", "date"])
    workbook_columns = {
        "date": "週開始日", "region": "地域", "revenue": "売上高", "organic_sessions": "自然検索セッション",
        "price_index": "価格指数", "competitor_activity": "競合活動", "promotion": "販促", "launch": "新商品",
        "consumer_sentiment": "消費者態度", "demand_index": "需要指数",
    }  # fmt: skip
    offline = observed.offline_table(world)
    tv = ["tv_spend", "tv_impressions", "tv_reach"]
    national = offline.groupby("date")[tv].sum().round(0).astype("int64").reset_index()
    regional = offline.drop(columns=tv).astype({"ooh_spend": "int64", "email_spend": "int64"})
    digital = observed.digital_table(world).astype({"spend": "int64"})
    digital["channel"] = digital["channel"].map(channels)
    regional["region"], digital["region"] = regional["region"].map(names), digital["region"].map(names)
    book = excel_bytes(
        _renamed(table, workbook_columns, names),
        sheet="週次売上",
        title=["週次売上と要因(単位: 円)", "週は月曜日から日曜日まで"],
        notes=["売上高は税抜", "架空のデータ"],
    )
    return {
        "sales.xlsx": book,
        "tv_national.csv": csv_bytes(national, **japanese),
        "ooh_email.csv": csv_bytes(regional, **japanese),
        "ads_daily.csv.gz": gzip_bytes(csv_bytes(digital, **japanese)),
        "economy_monthly.csv": csv_bytes(observed.economy_table(world), **japanese),
    }


def _no(world: MarketWorld) -> Files:
    """Norwegian names and an outage: two weeks of one region's sales are blank."""
    names = {"East": "Østlandet", "West": "Vestlandet"}
    weekly = {"date": "uke_start", "region": "landsdel"}
    sales = observed.sales_table(world)
    region, start, end = OUTAGE
    sales.loc[(sales["region"] == region) & sales["date"].between(start, end), "revenue"] = float("nan")
    drivers = weekly | {
        "price_index": "prisindeks", "competitor_activity": "konkurrenter", "promotion": "kampanje",
        "launch": "lansering", "consumer_sentiment": "forbrukertillit", "demand_index": "etterspoersel",
    }  # fmt: skip
    offline = observed.offline_table(world)
    offline = _renamed(offline, weekly | {c: c for c in offline.columns[2:]}, names)
    digital = observed.digital_table(world)
    norwegian = {"date": "dag", "region": "landsdel", "channel": "kanal", "spend": "kostnad"}
    digital = _renamed(digital, {c: norwegian.get(c, c) for c in digital.columns}, names)
    sales_columns = weekly | {"revenue": "omsetning", "organic_sessions": "organiske_besoek"}
    economy = {"date": "maaned", "economic_index": "konjunkturindeks"}
    return {
        "salg.csv": csv_bytes(_renamed(sales, sales_columns, names)),
        "drivere.csv": csv_bytes(_renamed(observed.driver_table(world), drivers, names)),
        "tv_epost.csv": csv_bytes(offline),
        "annonser_daglig.csv.gz": gzip_bytes(csv_bytes(digital)),
        "oekonomi.csv": csv_bytes(_renamed(observed.economy_table(world), economy)),
    }


def _pt(world: MarketWorld) -> Files:
    """A market with 40 weeks of history: semicolons, decimal commas, dd/mm/yyyy."""
    portuguese = {"sep": ";", "decimal": ",", "date_format": "%d/%m/%Y"}
    sales = observed.sales_table(world).merge(observed.driver_table(world), on=["region", "date"])
    names = {"date": "semana", "region": "regiao"}
    sales_names = names | {"revenue": "vendas", "organic_sessions": "sessoes_organicas"}
    ads = observed.digital_table(world).rename(columns={"date": "dia", "region": "regiao", "spend": "custo"})
    return {
        "vendas.csv": csv_bytes(sales.rename(columns=sales_names), **portuguese),
        "tv_ooh_email.csv": csv_bytes(observed.offline_table(world).rename(columns=names), **portuguese),
        "anuncios_diarios.csv.gz": gzip_bytes(csv_bytes(ads, **portuguese)),
        "economia.csv": csv_bytes(observed.economy_table(world), **portuguese),
    }


def _ie(world: MarketWorld) -> Files:
    """One region, so no region column anywhere; the platforms' file names its currency."""
    sales = observed.sales_table(world).merge(observed.driver_table(world), on=["region", "date"])
    ads = observed.digital_table(world).assign(currency="EUR")
    return {
        "sales.csv": csv_bytes(sales.drop(columns="region")),
        "tv_ooh_email.csv": csv_bytes(observed.offline_table(world).drop(columns="region")),
        "ads_daily.csv.gz": gzip_bytes(csv_bytes(ads.drop(columns="region"))),
        "economy_monthly.csv": csv_bytes(observed.economy_table(world)),
    }


EXPORTERS: dict[str, Callable[[MarketWorld], Files]] = {
    "US": _us, "DE": _de, "JP": _jp, "NO": _no, "PT": _pt, "IE": _ie,
}  # fmt: skip


def raw_files(company: Company) -> Files:
    """All files that an analyst gets of the company's markets, by their path below the demo's folder.

    `lift_tests.csv` is among them if any experiment was run.

    Raises
    ------
    KeyError
        If the company has a market that is not one of the demo's: only these have an export format.
    """
    files: Files = {}
    for code, world in company.markets.items():
        for name, content in EXPORTERS[code](world).items():
            files[f"raw/{code.lower()}/{name}"] = content
    files["regions.csv"] = csv_bytes(observed.region_table(company))
    files["fx.csv"] = csv_bytes(observed.rate_table(company))
    tests = lift_test_table(company)
    if len(tests):
        files["lift_tests.csv"] = csv_bytes(tests)
    return files
