"""Fixtures for all tests."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

REPOSITORY = Path(__file__).resolve().parent.parent
SLOW_FOLDER = "tests/integration/"
NIGHT_FILES = (f"{SLOW_FOLDER}test_first_night", f"{SLOW_FOLDER}test_definitions")


class ByFile(LoadScopeScheduling):
    """A file to a worker; all tests that look at a whole night to one, since they share the night it has run."""

    def _split_scope(self, nodeid: str) -> str:
        return "night" if nodeid.startswith(NIGHT_FILES) else nodeid.split("::", maxsplit=1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Hand tests out by `ByFile`, in the order below."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


# How long an example takes is no claim of any test, and differs between machines.
settings.register_profile("tenure", deadline=None)
settings.load_profile("tenure")


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker a dbt target of its own, and leave the project's as it is."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["TENURE_DBT_TARGET"] = str(Path(tempfile.gettempdir()) / f"tenure-dbt-{os.getuid()}-{worker}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Spare the garbage collector the modules and tests: while they pile up, and ever after, since they stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first, so that the other worker is not done long before them."""
    items.sort(key=lambda item: (not item.nodeid.startswith(NIGHT_FILES), not item.nodeid.startswith(SLOW_FOLDER)))


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
