"""From raw exports through the data gate back to what was simulated: nothing lost, nothing invented."""

from pathlib import Path

import numpy as np
import pytest

from mmm_helpers.inputs.gate import check_market
from mmm_helpers.inputs.portfolio import load_portfolio
from mmm_helpers.simulation import observed

PORTFOLIO = Path(__file__).resolve().parents[2] / "data" / "demo" / "portfolio.yml"


@pytest.fixture(scope="module")
def portfolio():
    return load_portfolio(PORTFOLIO)


@pytest.mark.parametrize("market", ["US", "DE", "JP", "NO", "PT", "IE"])
def test_gate_recovers_the_simulated_panel(company, portfolio, market):
    expected = observed.panel(company, market).set_index(["region", "date"]).drop(columns="market")
    panel = check_market(portfolio, market).panel.set_index(["region", "date"])[expected.columns]
    panel, expected = panel.reindex(expected.index).to_numpy(float), expected.to_numpy(float)
    known = ~np.isnan(panel)
    assert np.allclose(panel[known], expected[known], rtol=1e-9, atol=1e-6)
    assert (~known).sum() == (2 if market == "NO" else 0)
