"""Fixtures for all tests."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
# Tests that run dbt or a whole night share one worker: they share what it has loaded and the night it has run.
SLOW_FOLDER = REPOSITORY / "tests" / "integration"


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker a dbt target of its own, and leave the project's as it is."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["TENURE_DBT_TARGET"] = str(Path(tempfile.gettempdir()) / f"tenure-dbt-{os.getuid()}-{worker}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the slow tests together."""
    for item in items:
        if item.path.is_relative_to(SLOW_FOLDER):
            item.add_marker(pytest.mark.xdist_group("night"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real exports that are not part of the repository; TENURE_SHARED names it."""
    folder = Path(os.environ.get("TENURE_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        reason = f"no real exports at {folder}; set TENURE_SHARED to run the tests that read them"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
