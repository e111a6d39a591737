"""What experiments repair, from rows with known errors."""

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.ladder.tested import WITH, WITHOUT, compute_ranking, compute_repair, error_ratio, pair_cells


def _rows(world, returns, *, seed=1, tested=()):
    truth = {"tv": 2.0, "video": 1.0, "search": 0.5, "social": 1.5}
    return pd.DataFrame(
        [
            {"world": world, "seed": seed, "market": "M1", "region": "R1", "channel": c, "tested": c in tested,
             "truth_roas": truth[c], "roas_mean": r}
            for c, r in returns.items()
        ]
    )  # fmt: skip


@pytest.fixture
def rows():
    without = {"tv": 2.0, "video": 3.0, "search": 1.5, "social": 1.2}
    repaired = {"tv": 2.2, "video": 1.1, "search": 0.55, "social": 1.2}
    tested = ("video", "search")
    other = _rows(WITHOUT, {"tv": 1.0, "video": 1.0, "search": 1.0, "social": np.nan}, seed=2)
    return pd.concat(
        [_rows(WITHOUT, without), _rows(WITH, repaired, tested=tested), other], ignore_index=True
    )


def test_errors_are_compared_cell_by_cell_on_the_same_seeds(rows):
    both = pair_cells(rows).set_index("channel")
    assert both["seed"].unique().tolist() == [1]
    assert both["error_without"].to_dict() == pytest.approx({"tv": 0, "video": 2, "search": 2, "social": 0.2})
    assert both["error_with"].to_dict() == pytest.approx(
        {"tv": 0.1, "video": 0.1, "search": 0.1, "social": 0.2}
    )


def test_tested_and_untested_channels_are_reported_apart(rows):
    repair = compute_repair(rows).set_index("channels")
    assert repair.loc["tested", "ratio"] == pytest.approx(0.05)
    assert repair.loc["untested", "ratio"] == pytest.approx(1.5)
    assert repair["cells"].tolist() == [2, 2]
    assert error_ratio(rows, "tested") == pytest.approx(0.05)


def test_order_of_channels_is_compared_with_the_true_one(rows):
    ranking = compute_ranking(rows).iloc[0]
    assert ranking["rank_without"] == pytest.approx(1 - 6 * (1 + 4 + 1 + 4) / 60)
    assert ranking["rank_with"] == pytest.approx(1.0)
    assert not ranking["best_without"]
    assert ranking["best_with"]


def test_without_both_worlds_there_is_no_ratio(rows):
    alone = rows[rows["world"] == WITHOUT]
    assert compute_repair(alone).empty
    assert np.isnan(error_ratio(alone, "tested"))
