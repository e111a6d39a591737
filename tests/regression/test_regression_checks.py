"""Diagnostics against their formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmm_helpers.regression import checks


@pytest.fixture(scope="module")
def columns() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    a, b, c = rng.normal(size=(3, 90))
    return pd.DataFrame({"constant": 1.0, "a": 5 * a + 100, "b": a + 0.5 * b, "c": c})


@pytest.fixture(scope="module")
def residuals(columns) -> pd.Series:
    """Residuals of a regression whose noise follows itself and grows with `a`."""
    rng = np.random.default_rng(4)
    noise = np.zeros(90)
    for t in range(1, 90):
        noise[t] = 0.7 * noise[t - 1] + rng.standard_t(3)
    noise *= 1 + 0.5 * np.abs(columns["a"].to_numpy() - 100)
    x = columns.to_numpy()
    values = noise - x @ np.linalg.lstsq(x, noise, rcond=None)[0]
    return pd.Series(values, index=pd.date_range("2024-01-01", periods=90, freq="7D"))


def r_squared(y: np.ndarray, x: np.ndarray) -> float:
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - left @ left / ((y - y.mean()) ** 2).sum()


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_inflation_is_one_over_what_the_others_leave(columns, name):
    expected = 1 / (1 - r_squared(columns[name].to_numpy(), columns.drop(columns=name).to_numpy()))
    assert checks.compute_inflation(columns)[name] == pytest.approx(expected)


def test_condition_number_is_the_ratio_of_singular_values(columns):
    values = columns.iloc[:, 1:]
    singular = np.linalg.svd(((values - values.mean()) / values.std()).to_numpy(), compute_uv=False)
    assert checks.compute_condition(columns) == pytest.approx(singular[0] / singular[-1])


def test_condition_number_of_two_columns_with_known_correlation():
    """Eigenvalues of a 2 × 2 correlation matrix are 1 ± r."""
    x = np.array([1.0, -1, 1, -1])
    y = np.array([1.0, 1, -1, -1])
    columns = pd.DataFrame({"constant": 1.0, "x": x, "z": 0.6 * x + 0.8 * y})
    assert checks.compute_condition(columns) == pytest.approx(np.sqrt(1.6 / 0.4))


@pytest.mark.parametrize(
    ("value", "words"),
    [(4.9, "can be told apart"), (5.0, "is hard to"), (9.9, "is hard to"), (10.0, "hardly")],
)
def test_verdict_on_inflation(value, words):
    assert words in checks.judge_inflation(value)


@pytest.mark.parametrize(
    ("value", "words"), [(9, "below the 10"), (10, "trade places"), (30, "small changes")]
)
def test_verdict_on_the_condition_number(value, words):
    assert words in checks.judge_condition(value)


def test_table_of_inflation_is_sorted_and_named(columns):
    table = checks.tabulate_inflation(columns, names={"a": "TV"})
    assert table["Column"].iloc[-1] == "c"
    assert "TV" in table["Column"].tolist()
    assert table["Verdict"].iloc[-1] == "can be told apart"
    assert table["Interval widened"].iloc[-1] == "1.0 times"


def test_sentence_on_collinearity_names_the_worst_channel_and_the_worst_column(columns):
    text = checks.describe_collinearity(
        columns, channels=["c", "b"], names={"a": "TV", "b": "Radio", "c": "Print"}
    )
    found = checks.compute_inflation(columns)
    worst = found.idxmax()
    assert f"**Radio** is the least separable: its variance is inflated **{found['b']:.1f}** times" in text
    assert f"{ {'a': 'TV', 'b': 'Radio'}[worst] } has the largest inflation ({found[worst]:.1f})" in text
    assert f"and {(found >= 5).sum()} reach 5" in text
    assert f"**{checks.compute_condition(columns):.1f}**" in text


def test_durbin_watson(columns, residuals):
    e = residuals.to_numpy()
    found = checks.check_residuals(residuals, columns).set_index("check")
    assert found.loc["Durbin–Watson", "value"] == pytest.approx(((e[1:] - e[:-1]) ** 2).sum() / (e @ e))
    assert found.loc["Durbin–Watson", "status"] == "review"


def test_ljung_box(columns, residuals):
    e, n = residuals.to_numpy(), len(residuals)
    rho = np.array([e[k:] @ e[:-k] / (e @ e) for k in range(1, 11)])
    statistic = n * (n + 2) * (rho**2 / (n - np.arange(1, 11))).sum()
    found = checks.check_residuals(residuals, columns).set_index("check")
    assert found.loc["Ljung–Box p, 10 lags", "value"] == pytest.approx(stats.chi2.sf(statistic, 10))


def test_breusch_pagan(columns, residuals):
    """Koenker's form: n R² of the squared residuals on the columns."""
    statistic = len(residuals) * r_squared(residuals.to_numpy() ** 2, columns.to_numpy())
    found = checks.check_residuals(residuals, columns).set_index("check")
    assert found.loc["Breusch–Pagan p", "value"] == pytest.approx(stats.chi2.sf(statistic, 3))


def test_jarque_bera(columns, residuals):
    e = residuals.to_numpy()
    skew, kurtosis = stats.skew(e), stats.kurtosis(e)
    statistic = len(e) / 6 * (skew**2 + kurtosis**2 / 4)
    found = checks.check_residuals(residuals, columns).set_index("check")
    assert found.loc["Jarque–Bera p", "value"] == pytest.approx(stats.chi2.sf(statistic, 2))
    assert "bell curve has" in found.loc["Jarque–Bera p", "meaning"]


def test_noise_passes_all_checks(columns):
    x = columns.to_numpy()
    noise = stats.norm.ppf((np.random.default_rng(8).permutation(90) + 0.5) / 90)
    noise = pd.Series(noise - x @ np.linalg.lstsq(x, noise, rcond=None)[0])
    found = checks.check_residuals(noise, columns)
    assert (found["status"] == "pass").all()
    assert checks.describe_checks(found) == "**4 of 4** checks of the residuals passed."


def test_sentence_names_the_checks_that_need_a_look(columns, residuals):
    text = checks.describe_checks(checks.check_residuals(residuals, columns))
    assert "Durbin–Watson, Ljung–Box" in text
    assert " p," not in text


def test_autocorrelation_by_hand(residuals):
    found = checks.compute_autocorrelation(residuals)
    e = residuals.to_numpy()
    assert found["correlation"].iloc[1] == pytest.approx(e[2:] @ e[:-2] / (e @ e))
    assert found["bound"].iloc[0] == pytest.approx(1.6449 / np.sqrt(90), rel=1e-4)


@pytest.mark.parametrize(("periods", "lags"), [(4, 1), (34, 6), (149, 10)])
def test_lags_that_are_looked_at(periods, lags):
    assert checks.count_lags(periods) == lags


def test_quantiles_of_a_bell_curve_lie_on_the_line():
    values = stats.norm.ppf((np.arange(1, 500) - 0.5) / 499)
    found = checks.compute_quantiles(pd.Series(values))
    assert found["observed"].to_numpy() == pytest.approx(found["expected"].to_numpy() / values.std())
