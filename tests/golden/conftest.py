"""Published tables, as they were printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML


@pytest.fixture
def golden(shared: Path):
    """Reads one table of the published examples."""

    def read(name: str) -> dict[str, Any]:
        return YAML(typ="safe").load((shared / "golden" / f"{name}.yaml").read_text(encoding="utf-8"))

    return read
