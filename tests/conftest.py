"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


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
