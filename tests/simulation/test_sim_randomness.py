"""Noise shapes: their moments, and rounding that loses nothing."""

import numpy as np
import pytest

from mmm_helpers.simulation import randomness


def test_streams_differ_by_name():
    assert randomness.stream(1, "DE").random() != randomness.stream(1, "US").random()


def test_ar1_has_the_asked_autocorrelation():
    wave = randomness.ar1(np.random.default_rng(1), (20_000,), 0.7)
    assert np.corrcoef(wave[1:], wave[:-1])[0, 1] == pytest.approx(0.7, abs=0.02)


def test_ar1_has_unit_sd():
    assert randomness.ar1(np.random.default_rng(2), (20_000,), 0.5).std() == pytest.approx(1, abs=0.03)


def test_shared_waves_correlate_by_the_square_of_the_share():
    wave = randomness.shared_and_own(np.random.default_rng(3), 20_000, 2, 0.0, 0.7)
    assert np.corrcoef(wave.T)[0, 1] == pytest.approx(0.49, abs=0.03)


def test_bursts_last_as_long_as_asked():
    on = randomness.bursts(np.random.default_rng(4), 400, (3, 3), (2, 2))
    changes = np.flatnonzero(np.diff(on.astype(int)))
    assert set(np.diff(changes)) == {2, 3}


def test_round_to_total_conserves_the_total():
    amounts = np.random.default_rng(5).random(1000)
    assert randomness.round_to_total(amounts, 2).sum() == pytest.approx(round(amounts.sum(), 2), abs=1e-9)
