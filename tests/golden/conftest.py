"""Published tables, as they were printed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ruamel.yaml import YAML

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario

SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"


@pytest.fixture
def golden(shared: Path):
    """Reads one table of the published examples."""

    def read(name: str) -> dict[str, Any]:
        return YAML(typ="safe").load((shared / "golden" / f"{name}.yaml").read_text(encoding="utf-8"))

    return read


class Answer:
    """What a shipped scenario gives."""

    def __init__(self, name: str) -> None:
        self.scenario = Scenario.load(SCENARIOS / f"{name}.yaml")
        assert self.scenario.as_of is not None
        self.tables = project(
            self.scenario, Evidence(), Assumptions.empty(), as_of=self.scenario.as_of, code_revision="test",
            warehouse_version="",
        )  # fmt: skip

    def table(self, name: str, **where: Any) -> pl.DataFrame:
        """Rows of a projection table that have these values, of the base unless a variant is named."""
        found = self.tables[f"projections.{name}"]
        for column, value in ({"variant": "base"} | where).items():
            found = found.filter(pl.col(column) == value)
        return found

    def summary(self, strategy: str = "own_colocation", **where: Any) -> dict[str, Any]:
        """The result of one strategy."""
        (row,) = self.table("strategy_summary", strategy=strategy, **where).to_dicts()
        return row

    def cash(self, month_index: int, strategy: str = "own_colocation", **where: Any) -> dict[str, float]:
        """Cash of one month by component."""
        rows = self.table("cash_flow_monthly", strategy=strategy, month_index=month_index, **where)
        return dict(rows.select("component", "cash_usd_nominal").iter_rows())


@pytest.fixture(scope="session")
def answer():
    """Projects a shipped scenario, once a session."""
    return cache(Answer)
