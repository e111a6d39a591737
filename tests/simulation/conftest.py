"""The shipped demo's company, simulated once."""

import pytest

from mmm_helpers.simulation import Company, simulate_company


@pytest.fixture(scope="session")
def company() -> Company:
    return simulate_company()
