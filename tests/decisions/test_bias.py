"""The bias sd of observational effects: what was planted into rows is found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.decisions.bias import (
    ANY,
    BIAS_COLUMNS,
    CONFOUNDED,
    OTHER,
    bias_by_channel,
    bias_factors,
    compute_bias_sd,
    excess_sd,
)


def ladder_rows(bias: float, *, sd: float = 0.3, blocks: int = 150, narrow: float = 1.0) -> pd.DataFrame:
    """Cells of simulated data sets, every fourth confounded; `narrow` is the stated sd over the true one."""
    rng = np.random.default_rng(1)
    rows = []
    for block in range(blocks):
        for cell in range(4):
            confounded = cell == 0
            error = rng.normal(0, np.hypot(sd, bias if confounded else 0.0))
            estimate, width = np.exp(error), 1.6448536 * sd * narrow
            row = {"world": "w", "seed": block, "null": False, "tested": False, "confounded": confounded}
            row |= {"cause_mark": "observational", "truth_incremental": 1.0, "incremental_q50": estimate}
            low, high = estimate * np.exp(-width), estimate * np.exp(width)
            rows.append(row | {"incremental_q05": low, "incremental_q95": high})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return compute_bias_sd(ladder_rows(0.6)).set_index("kind")


def test_planted_bias_is_found(found):
    assert found.loc[CONFOUNDED, "bias_sd_q05"] < 0.6 < found.loc[CONFOUNDED, "bias_sd_q95"]
    assert found.loc[CONFOUNDED, "bias_sd"] == pytest.approx(0.6, abs=0.08)


def test_no_bias_is_found_where_none_is(found):
    assert found.loc[OTHER, "bias_sd"] < 0.1


def test_the_mix_is_by_variance_and_share(found):
    expected = np.sqrt(0.25 * found.loc[CONFOUNDED, "bias_sd"] ** 2 + 0.75 * found.loc[OTHER, "bias_sd"] ** 2)
    assert found.loc[ANY, "bias_sd"] == pytest.approx(expected)


def test_a_posterior_too_wide_elsewhere_hides_no_bias():
    wide = compute_bias_sd(ladder_rows(0.6, narrow=1.5)).set_index("kind")["bias_sd"]
    assert wide[OTHER] == 0.0
    assert wide[ANY] == pytest.approx(wide[CONFOUNDED] / 2)


def test_tested_null_and_hopeless_cells_do_not_count(found):
    rows = ladder_rows(0.6)
    others = [rows.assign(tested=True), rows.assign(null=True), rows.assign(cause_mark="tested")]
    others += [rows.assign(incremental_q05=np.nan), rows.assign(truth_incremental=0.0)]
    same = compute_bias_sd(pd.concat([rows, *(o.assign(incremental_q50=9.0) for o in others)]))
    assert same.set_index("kind")["bias_sd"].to_numpy() == pytest.approx(found["bias_sd"].to_numpy())


def test_rows_without_cells_are_refused():
    with pytest.raises(ValueError, match="no untested cell"):
        compute_bias_sd(ladder_rows(0.1).assign(tested=True))


def test_columns_are_as_stated(found):
    assert list(found.reset_index().columns) == BIAS_COLUMNS


def test_a_common_shift_is_bias():
    assert excess_sd(np.full(50, 0.5), np.full(50, 0.3)) == pytest.approx(0.4)


def test_an_undeclared_channel_carries_the_mix_and_a_tested_one_nothing(found):
    bias = bias_by_channel(found.reset_index(), ["tv", "search"], tested=["tv"])
    assert bias == {"tv": 0.0, "search": pytest.approx(found.loc[ANY, "bias_sd"])}


def test_no_bias_leaves_draws_as_they_are():
    assert (bias_factors(50, 0.0, seed=1) == 1.0).all()
