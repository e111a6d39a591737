"""Charts draw what their frames hold, and their words say the same."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mmm_helpers.regression import checks, design, grid, plots, plots_residuals, plots_variants

mpl.use("agg")
LABELS = {"tv": "TV", "social": "Paid social"}
COLORS = {"tv": "#0072B2", "social": "#E69F00"}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def data(make_data):
    return make_data(100, noise=40.0)


@pytest.fixture(scope="module")
def search(data):
    return grid.search_retentions(data)


@pytest.fixture
def residuals() -> pd.Series:
    values = np.sin(np.arange(60) / 3) + np.random.default_rng(0).normal(size=60) / 5
    return pd.Series(values, index=pd.date_range("2024-01-01", periods=60, freq="7D"))


def ticks_in_view(axis) -> list:
    low, high = sorted(axis.get_view_interval())
    shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in shown if tick.label1.get_visible()]


def overlaps(axes: list) -> list[tuple[str, str]]:
    """Pairs of numbers and titles that cover each other when drawn."""
    axes[0].figure.canvas.draw()
    texts = [t for ax in axes for t in (*ticks_in_view(ax.xaxis), *ticks_in_view(ax.yaxis))]
    texts += [t for ax in axes for t in ax.get_children() if isinstance(t, mpl.text.Text)]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text().strip()]
    boxes = [(text, box) for text, box in boxes if box.width > 0]
    return [(a[0], b[0]) for i, a in enumerate(boxes) for b in boxes[:i] if a[1].overlaps(b[1])]


def test_scatter_has_a_line_with_the_slope_of_least_squares(data):
    axes = plots.plot_scatter(data, labels=LABELS, colors=COLORS, currency="EUR")
    x, y = axes[0].lines[1].get_data()
    slope = np.cov(data.spend["tv"], data.outcome)[0, 1] / data.spend["tv"].var()
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(slope)
    assert f"{data.spend['tv'].corr(data.outcome):.2f}" in axes[0].get_title(loc="left")
    assert "TV" in plots.describe_scatter(data, labels=LABELS)


def test_no_labels_overlap_with_eight_channels(make_panel):
    panel = make_panel(60)
    names = [f"channel_{i}" for i in range(8)]
    panel = panel.assign(**{f"spend_{n}": panel["spend_tv"] * 3e3 + i for i, n in enumerate(names)})
    data = design.build_regression_data(panel, region="all", channels=names)
    axes = plots.plot_scatter(data, labels=dict.fromkeys(names, "Generic search"), colors={}, currency="EUR")
    assert overlaps(axes) == []


def test_search_fills_the_picked_value(search):
    axes = plots.plot_search(search, labels=LABELS, colors=COLORS)
    x, y = axes[0].lines[1].get_data()
    assert x[0] == search.best["tv"]
    assert y[0] == pytest.approx(0.0, abs=1e-6)
    assert f"TV {search.best['tv'] * 100:.0f} %" in plots.describe_curve(search, labels=LABELS)
    assert overlaps(axes) == []


def test_heat_map_of_controls_has_a_cell_each():
    values = pd.DataFrame([[0.5, -0.04], [0.1, -0.9]], index=["Price", "Trend"], columns=["Outcome", "TV"])
    ax = plots.plot_controls(values)
    assert [t.get_text() for t in ax.texts] == ["0.5", "0.0", "0.1", "−0.9"]


@pytest.mark.parametrize("channels", [1, 8])
def test_heat_map_of_channels_has_the_pages_width(channels):
    names = ["Outcome", *(f"Channel {i}" for i in range(channels))]
    ax = plots.plot_media(pd.DataFrame(0.2, index=names, columns=names))
    assert ax.figure.get_figwidth() == pytest.approx(7.6)
    assert len(ax.texts) == channels * (channels + 1) / 2


def test_residuals_that_follow_each_other_are_said_to(residuals):
    plots_residuals.plot_ols_residuals(residuals, currency="EUR")
    assert "they follow each other" in plots_residuals.describe_residuals(residuals)


def test_autocorrelation_bars_are_the_frames(residuals):
    found = checks.compute_autocorrelation(residuals)
    ax = plots_residuals.plot_autocorrelation(found, unit="week")
    bars = [p.get_height() for p in ax.patches if p.get_width() == pytest.approx(0.5)]
    assert bars == pytest.approx(found["correlation"].tolist())
    assert "lags outside it: 1 (" in plots_residuals.describe_autocorrelation(found)


def test_noise_has_no_lag_outside():
    found = pd.DataFrame({"lag": [1, 2], "correlation": [0.05, -0.1], "bound": 0.2})
    assert "no lag lies outside it" in plots_residuals.describe_autocorrelation(found)


def test_quantiles_and_their_words(residuals):
    ax = plots_residuals.plot_quantiles(residuals)
    assert len(ax.lines[1].get_xdata()) == 60
    largest = (residuals.max() - residuals.mean()) / residuals.std(ddof=0)
    assert f"the largest {largest:.1f}" in plots_residuals.describe_quantiles(residuals)


@pytest.fixture
def rows() -> pd.DataFrame:
    parts = []
    for i, channel in enumerate(LABELS):
        parts += [(v, channel, 1.0 + i, 0.5, 2.5, 2.0, 1.2) for v in ("both", "no carry-over")]
    names = ["variant", "channel", "roas_mean", "roas_q05", "roas_q95", "truth", "marginal"]
    return pd.DataFrame(parts, columns=names)


def test_variants_have_a_panel_a_channel_and_the_truth_as_a_line(rows):
    axes = plots_variants.plot_variants(rows, labels=LABELS, colors=COLORS)
    assert len(axes) == 2
    at = [
        line.get_xdata()[0]
        for line in axes[0].lines
        if line.get_linestyle() == "-" and line.get_color() == "#B3261E"
    ]
    assert at == [2.0]
    assert axes[0].figure.legends
    assert overlaps(axes) == []


def test_without_truth_there_is_no_legend(rows):
    axes = plots_variants.plot_variants(
        rows.drop(columns=["truth", "marginal"]), labels=LABELS, colors=COLORS
    )
    assert not axes[0].figure.legends
