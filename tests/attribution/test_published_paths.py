"""Credit on the public sample of 10,000 paths, against the published figures to two decimals."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmm_helpers.attribution.journeys import Journeys
from mmm_helpers.attribution.markov import fit_chain, removal_effects
from mmm_helpers.attribution.models import compute_credits

FOLDER = os.environ.get("MMM_PUBLIC_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="MMM_PUBLIC_DATA is not set")


@pytest.fixture(scope="module")
def journeys() -> Journeys:
    paths = pd.read_csv(Path(FOLDER) / "mta_paths" / "Data.csv", sep=";")
    touches = paths["path"].str.split(" > ")
    channel, names = pd.factorize(touches.explode(), sort=True)
    return Journeys(
        channels=tuple(names),
        channel=channel.astype(np.int8),
        start=np.concatenate([[0], np.cumsum(touches.str.len())]),
        hours=np.full(len(channel), np.nan),
        count=(paths["total_conversions"] + paths["total_null"]).to_numpy(float),
        conversions=paths["total_conversions"].to_numpy(float),
        value=paths["total_conversion_value"].to_numpy(float),
    )


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.read_csv(Path(FOLDER) / "mta_paths" / "exact_reference.csv", index_col=0)


@pytest.mark.parametrize(
    ("model", "column"),
    [
        ("first", "first"),
        ("last", "last"),
        ("linear", "linear"),
        ("markov", "markov_exact"),
        ("shapley", "shapley_set"),
    ],
)
def test_credits_are_the_published_ones(journeys, published, model, column):
    credit = compute_credits(journeys, models=[model]).set_index("channel")["credit"]
    expected = published[column].rename("credit").rename_axis("channel")
    pd.testing.assert_series_equal(credit, expected, check_like=True, atol=0.005, rtol=0)


def test_removal_effects_are_the_published_ones(journeys, published):
    found = pd.Series(removal_effects(fit_chain(journeys)), index=journeys.channels)
    assert found.to_numpy() == pytest.approx(
        published.loc[found.index, "removal_effect"].to_numpy(), abs=1e-6
    )


def test_totals_are_the_published_ones(journeys):
    expected = json.loads((Path(FOLDER) / "mta_paths" / "expected.json").read_text(encoding="utf-8"))
    assert journeys.conversions.sum() == expected["conversions"]
    assert (journeys.count - journeys.conversions).sum() == expected["null"]
    money = compute_credits(journeys, models=["markov"])["credit_value"].sum()
    assert money == pytest.approx(expected["value"], abs=0.005)
