"""A home and the command line on it, for tests of whole nights."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.settings import REPOSITORY, Home


@dataclass(frozen=True)
class House:
    """A home and the command line on it."""

    home: Home

    def run(self, *arguments: str) -> Result:
        """Run a verb on this home, in this process."""
        before = os.environ.get("TENURE_HOME")
        try:
            return CliRunner().invoke(app, [*arguments, "--home", str(self.home.root)])
        finally:
            if before is None:
                os.environ.pop("TENURE_HOME", None)
            else:
                os.environ["TENURE_HOME"] = before

    def must(self, *arguments: str) -> str:
        """Run a verb that has to succeed, and return what it printed."""
        result = self.run(*arguments)
        if result.exit_code != 0:
            pytest.fail(f"tenure {' '.join(arguments)} ended with {result.exit_code}:\n{result.output}")
        return result.output

    def copied(self, root: Path) -> House:
        """The same home once more, for a test that leaves it otherwise than it found it."""
        shutil.copytree(self.home.root, root, symlinks=True)
        return House(Home(root))

    def ask_little(self) -> None:
        """Ask the bundled question in fewer draws and at fewer starts; that changes no step of a night."""
        question = (REPOSITORY / "data" / "scenarios" / "lease_or_own.yaml").read_text(encoding="utf-8")
        little = question.replace("draws: 10000", "draws: 300").replace("[0, 6, 12]", "[0, 12]")
        scenarios = self.home.root / "scenarios"
        scenarios.mkdir(parents=True)
        (scenarios / "lease_or_own.yaml").write_text(little, encoding="utf-8")

    def parquet(self) -> dict[str, bytes]:
        """The published Parquet files by table and part, without the ledger, which says when things arrived."""
        folder = self.home.published / "current" / "parquet"
        return {
            f"{file.parent.name}/{file.stem}": file.read_bytes()
            for file in folder.glob("*/*.parquet")
            if file.parent.name != "meta.deliveries"
        }

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on the published file."""
        with duckdb.connect(str(self.home.current.resolve()), read_only=True) as connection:
            return connection.execute(sql).fetchall()
