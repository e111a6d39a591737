"""What tests of whole pages share: a made-up market's results on disk, and a reader of a notebook's output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mmm_helpers.estimands import run
from mmm_helpers.inputs.gate import gate_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.inputs.store import read_table
from mmm_helpers.layout import PORTFOLIO, PROJECT_ROOT, Layout
from mmm_helpers.model.posterior import save_draws
from mmm_helpers.model.run import fit_portfolio, load_design
from mmm_helpers.pipeline.plan import MARKET_NOTEBOOKS
from mmm_helpers.report import display

FILE = """\
name: made-up
reporting_currency: EUR
frequency: weekly
outcome: {column: revenue, kind: revenue}
margin: 0.4
channels:
  tv: {label: TV, spend: tv}
  ooh: {label: Out-of-home, spend: ooh}
  search: {label: Search, spend: search}
markets:
  "XX": {label: Examplia}
data: {path: panel.csv}
"""
PERIODS, CHANNELS = 120, ("tv", "ooh", "search")


def _raw(change: Callable[[pd.DataFrame], None] | None) -> pd.DataFrame:
    """Two regions, three channels that move independently; revenue that none of them explains."""
    rng = np.random.default_rng(3)
    dates = pd.date_range("2023-07-03", periods=PERIODS, freq="7D")
    frame = pd.MultiIndex.from_product([["XX"], ["North", "South"], dates]).to_frame(index=False)
    frame.columns = ["market", "region", "date"]
    frame["revenue"] = rng.normal(10_000, 400, len(frame))
    for channel, level in zip(CHANNELS, (400.0, 200.0, 300.0), strict=True):
        frame[channel] = level * rng.uniform(0.2, 1.8, len(frame))
    if change:
        change(frame)
    return frame


def _draws(design, *, diverging: float, small_draws) -> xr.Dataset:
    """Four chains of made-up draws, the channels' log effects known to 0.2, with a share of divergences."""
    flat = small_draws(design, draws=800)
    # Search returns most, and all of them surely less than they would have to: there is something to move.
    flat["log_effect"] = 0.7 * flat["log_effect"] - 0.6 * (flat["channel"] != "search")
    chains = [flat.isel(sample=slice(k * 200, (k + 1) * 200)).rename(sample="draw") for k in range(4)]
    own = xr.concat(chains, "chain").assign_coords(chain=range(4), draw=range(200))
    market = own["log_effect"].mean("region")
    bad = np.arange(800).reshape(4, 200) < diverging * 800
    own = own.assign(
        log_effect_market=market,
        region_deviation=own["log_effect"] - market,
        region_sd=0.2 + 0.1 * own["rho"],
        lp=own["rho"],
        diverging=(("chain", "draw"), bad),
    )
    # a market without controls has no effects of controls
    return own.drop_vars(["log_effect", *(name for name in own.data_vars if own[name].size == 0)])


@dataclass(frozen=True)
class MadeUp:
    """Results of one market, up to its tables, and where they lie."""

    portfolio: Path
    layout: Layout

    def table(self, name: str, code: str = "XX") -> pd.DataFrame:
        return read_table(self.layout, code, name)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table of the market and of the portfolio."""
        folders = {code: self.layout.table(code, "x").parent for code in ("XX", PORTFOLIO)}
        return {
            f"{code}/{path.stem}": self.table(path.stem, code)
            for code, folder in folders.items()
            for path in sorted(folder.glob("*.csv"))
        }

    def read(self, notebook: str) -> str:
        """Text of a page: the notebook's cells run in this process, what they display put together."""
        cells = json.loads((PROJECT_ROOT / "notebooks" / f"{notebook}.ipynb").read_text())["cells"]
        values = {"portfolio": str(self.portfolio), "profile": "standard", "build": False}
        values |= {"results": str(self.layout.root.parent)}
        values |= {"market": "XX"} if notebook in MARKET_NOTEBOOKS else {}
        shown: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(display, "display", lambda data, **_: shown.append(data["text/plain"]))
            for cell in cells:
                if cell["cell_type"] == "markdown":
                    shown.append("".join(cell["source"]))
                elif "parameters" not in cell["metadata"].get("tags", []):
                    exec(compile("".join(cell["source"]), cell["id"], "exec"), values)
        return "\n".join(shown)


def _all_pass(*_, **__) -> list[dict]:
    return [
        {"part": "computation", "check": "all", "status": "pass", "value": 1.0, "threshold": "", "action": ""}
    ]


@pytest.fixture(scope="session")
def made_up_files(tmp_path_factory) -> Callable[..., Path]:
    """Factory of a portfolio file and its data: `made_up_files(change, text)` gives the file's path.

    `change` alters the raw data in place, `text` the file's text.
    """

    def make(change=None, text=lambda file: file) -> Path:
        folder = tmp_path_factory.mktemp("made_up")
        (folder / "portfolio.yml").write_text(text(FILE))
        _raw(change).to_csv(folder / "panel.csv", index=False)
        return folder / "portfolio.yml"

    return make


@pytest.fixture(scope="session")
def made_up(made_up_files, small_draws) -> Callable[..., MadeUp]:
    """Factory of a market's results from made-up draws: `made_up(change, diverging=0.0, sound=True)`.

    `change` alters the raw data in place; `diverging` is a share of draws; a `sound` market's computation and
    plausibility are taken as passed, so that it may be given a recommendation.
    """

    def make(change=None, *, diverging: float = 0.0, sound: bool = True) -> MadeUp:
        file = made_up_files(change)
        spec, layout = load_portfolio(file), Layout("made-up", file.parent / "results")
        gate_market(spec, "XX", layout)
        design, _ = load_design(layout, "XX")
        save_draws(_draws(design, diverging=diverging, small_draws=small_draws), layout.market_fit("XX"))
        fit_portfolio(layout, ["XX"], "standard")
        with pytest.MonkeyPatch.context() as patch:
            if sound:
                patch.setattr(run, "computation_checks", _all_pass)
                patch.setattr(run, "plausibility_checks", lambda *_, **__: [])
            run.write_market_tables(layout, "XX", "standard")
        run.write_portfolio_tables(layout, ["XX"], "standard")
        return MadeUp(file, layout)

    return make
