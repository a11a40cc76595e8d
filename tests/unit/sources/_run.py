"""Files through a source and the loader's first step, in memory: what a test sees of a delivery."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import duckdb

from pipelines.contracts import contract_for
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, LandedFile
from pipelines.warehouse.mapped import KEPT, opened


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows kept, rejected and left out, as dicts by column name, and the version and scopes of what was kept."""

    kept: list[dict[str, object]]
    rejected: list[dict[str, object]]
    left_out: list[dict[str, object]]
    version: str
    scopes: list[str]

    def total(self, column: str, **where: object) -> Decimal:
        """Sum of a money column over the kept rows that equal `where`."""
        rows = (row for row in self.kept if all(row[name] == value for name, value in where.items()))
        return sum((row[column] for row in rows if row[column] is not None), Decimal(0))


def candidates(folder: Path) -> list[Candidate]:
    """Every file under a folder, named relative to it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [Candidate(path.relative_to(folder).as_posix(), path) for path in found]


def run(source: ModuleType, claim: Claim) -> Outcome:
    """Read a claim as the loader does."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    name = source.__name__.rpartition(".")[2]
    files = tuple(LandedFile(file.name, file.path, file.name, file.path.stat().st_size) for file in claim.files)
    delivery = Delivery("d1", source.KIND, name, claim.description, datetime(2026, 9, 2), files, claim.options)
    reading = source.read(delivery)
    with opened(connection, delivery, contract_for(source.TABLE), reading) as parts:
        connection.execute("create table incoming as " + " union all by name ".join(f"({part.sql})" for part in parts))
    version = f"coalesce({reading.version_sql or 'null'}, '')"
    kept = f"from incoming where {KEPT}"
    scope = source.SCOPE or "''"
    return Outcome(
        kept=_rows(connection, f"select * {kept} order by source_part, source_row"),
        rejected=_rows(connection, "select * from incoming where reject_reason is not null order by source_row"),
        left_out=_rows(connection, "select * from incoming where left_out_reason is not null order by source_row"),
        version=reading.version + (connection.execute(f"select {version} {kept}").fetchone() or ("",))[0],
        scopes=[row[0] for row in connection.execute(f"select distinct {scope} {kept} order by 1").fetchall()],
    )


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def csv_text(header: list[str], *rows: dict[str, str]) -> str:
    """A CSV file's text; columns that a row does not name are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
