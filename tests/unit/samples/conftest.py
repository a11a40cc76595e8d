from __future__ import annotations

import pytest
from _samples_reread import cur_periods, focus_periods, samples


@pytest.fixture(scope="session")
def cur():
    return cur_periods()


@pytest.fixture(scope="session")
def focus():
    return focus_periods()


@pytest.fixture(scope="session")
def telemetry():
    return list(samples())
