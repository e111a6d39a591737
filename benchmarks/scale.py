"""How large a fit may be: a stored fit's size, and time, memory and returns of a public panel of forty regions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pandas as pd

from benchmarks.figures import Figure, Measurement, Skipped
from mmm_helpers.layout import PROJECT_ROOT, Layout

EIGHT_BY_EIGHT = """\
name: eight_by_eight
reporting_currency: EUR
outcome: {column: outcome}
channels:
  tv: {spend: spend_tv}
  online_video: {spend: spend_online_video}
  social: {spend: spend_social}
  search_brand: {spend: spend_search_brand}
  search_generic: {spend: spend_search_generic}
  ooh: {spend: spend_ooh}
  display: {spend: spend_display}
  email: {spend: spend_email}
controls:
  control_price_index: {role: precision}
  control_demand_index: {role: confounder}
markets:
  "XX": {}
data: {path: panel.csv}
"""
FORTY_REGIONS = """\
name: forty_regions
reporting_currency: USD
outcome: {column: conversions, kind: conversions, value_per_unit: revenue_per_conversion}
channels:
  channel0: {spend: Channel0_spend}
  channel1: {spend: Channel1_spend}
  channel2: {spend: Channel2_spend}
  channel3: {spend: Channel3_spend}
  channel4: {spend: Channel4_spend}
  organic:  {activity: Organic_channel0_impression, paid: false}
controls:
  Promo: {role: confounder}
  competitor_sales_control: {role: confounder, known_ahead: false}
  sentiment_score_control: {role: confounder, known_ahead: false}
markets:
  "US": {}
regions: regions.csv
data: {path: PATH, date: time, region: geo}
"""
PUBLISHED = {
    "channel0": (0.41, 3.18),
    "channel1": (0.26, 2.00),
    "channel2": (0.46, 2.32),
    "channel3": (0.27, 1.58),
    "channel4": (0.42, 3.44),
}
"""90 % intervals of the channels' returns that Google Meridian 1.7 gives for the same panel (on a GPU)."""
STEP = "from benchmarks.scale import fit; fit({portfolio!r}, {results!r}, {market!r})"


def fit(portfolio: str, results: str, market: str) -> None:
    """Gate, fit and tabulate one market at `standard`; prints peak memory in GB last."""
    import resource

    from mmm_helpers.estimands.run import write_market_tables
    from mmm_helpers.inputs.gate import gate_market
    from mmm_helpers.inputs.portfolio import load_portfolio
    from mmm_helpers.model.run import fit_market, fit_portfolio

    spec = load_portfolio(portfolio)
    layout = Layout(spec.name, Path(results))
    gate_market(spec, market, layout)
    started = time.monotonic()
    fit_market(layout, market, "standard")
    minutes = (time.monotonic() - started) / 60
    fit_portfolio(layout, [market], "standard")
    write_market_tables(layout, market, "standard")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"minutes": minutes, "gb": peak}))


def run_fit(portfolio: Path, market: str, results: Path) -> dict[str, float]:
    """`fit` in a process of its own on two cores: minutes of the fit, gigabytes at the most."""
    code = STEP.format(portfolio=str(portfolio), results=str(results), market=market)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"MMM_CORES": "2"},
        cwd=PROJECT_ROOT,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.strip().splitlines()[-1])


@cache
def forty_regions() -> tuple[dict[str, float], list[dict]]:
    """The public panel, fitted once: cost, and rows with every return beside the published interval."""
    folder = os.environ.get("MMM_PUBLIC_DATA")
    if not folder:
        raise Skipped("MMM_PUBLIC_DATA is not set")
    data = Path(folder).resolve() / "meridian_40_geos" / "geo_all_channels.csv"
    with tempfile.TemporaryDirectory() as temporary:
        place, results = Path(temporary), Path(temporary) / "results"
        people = pd.read_csv(data, usecols=["geo", "population"]).drop_duplicates("geo")
        people.rename(columns={"geo": "region"}).assign(market="US").to_csv(
            place / "regions.csv", index=False
        )
        (place / "portfolio.yml").write_text(FORTY_REGIONS.replace("PATH", str(data)), encoding="utf-8")
        cost = run_fit(place / "portfolio.yml", "US", results)
        tables = Layout("forty_regions", results).table("US", "channel_effects").parent
        rows = compare(pd.read_csv(tables / "channel_effects.csv"), pd.read_csv(tables / "model_health.csv"))
        return cost, rows


def compare(effects: pd.DataFrame, health: pd.DataFrame) -> list[dict]:
    """Returns over all history beside the published intervals; whether the computation passed.

    Parameters
    ----------
    effects : table `channel_effects`. health : table `model_health`.
    """
    total = effects[(effects["region"] == "all") & (effects["window"] == "all history")]
    own = total.set_index("channel")
    computed = (health.loc[health["part"] == "computation", "status"] == "pass").all()
    rows = []
    for channel, (low, high) in PUBLISHED.items():
        row = own.loc[channel, ["roas_mean", "roas_q05", "roas_q95"]].to_dict()
        row |= {"channel": channel, "published_q05": low, "published_q95": high}
        row["mean_inside"] = low <= row["roas_mean"] <= high
        row["width_ratio"] = (row["roas_q95"] - row["roas_q05"]) / (high - low)
        rows.append(row | {"computation_passed": bool(computed)})
    return rows


def measure_minutes() -> Measurement:
    """Minutes of the fit of forty regions, five paid channels and 156 weeks."""
    cost, rows = forty_regions()
    return Measurement(cost["minutes"], rows)


def measure_memory() -> Measurement:
    """Gigabytes at the most while fitting and tabulating it."""
    cost, rows = forty_regions()
    return Measurement(cost["gb"], rows)


def measure_means() -> Measurement:
    """Channels whose mean return lies inside the published 90 % interval."""
    _, rows = forty_regions()
    return Measurement(float(sum(row["mean_inside"] for row in rows)), rows)


def measure_widths() -> Measurement:
    """The widest interval relative to the published one."""
    _, rows = forty_regions()
    return Measurement(max(row["width_ratio"] for row in rows), rows)


def measure_storage() -> Measurement:
    """Megabytes of the stored fit of a simulated market of eight regions and eight channels, 156 weeks."""
    from mmm_helpers.simulation import custom_market, simulate_company
    from mmm_helpers.simulation.observed import panel

    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        company = simulate_company(seed=1, markets=[custom_market("XX", regions=8)])
        panel(company, "XX").to_csv(place / "panel.csv", index=False)
        (place / "portfolio.yml").write_text(EIGHT_BY_EIGHT, encoding="utf-8")
        run_fit(place / "portfolio.yml", "XX", place / "results")
        stored = Layout("eight_by_eight", place / "results").market_fit("XX")
        mb = stored.stat().st_size / 1e6
    return Measurement(mb, [{"regions": 8, "channels": 8, "weeks": 156, "mb": mb}])


FIGURES = (
    Figure("storage.8x8x156_mb", "MB", 20, measure_storage),
    Figure("scale.40_regions_minutes", "min", 10, measure_minutes),
    Figure("scale.40_regions_gb", "GB", 8, measure_memory),
    Figure("scale.40_regions_means_inside", "channels of 5", 5, measure_means, at_most=False),
    Figure("scale.40_regions_widest", "times published", 1.25, measure_widths),
)
