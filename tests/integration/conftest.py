"""One night on the bundled samples, run once and read by many tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _nights import House

from pipelines.settings import REPOSITORY, Home

SAMPLES = REPOSITORY / "data" / "samples"


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A home on which `tenure add data/samples` and `tenure refresh` ran. Tests leave it as they found it."""
    house = House(Home(tmp_path_factory.mktemp("night")))
    house.ask_little()
    house.must("add", str(SAMPLES))
    house.must("refresh")
    yield house
