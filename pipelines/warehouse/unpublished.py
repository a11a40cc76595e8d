"""Which days a run has begun to rebuild: written down before it does, cleared by publication, read by the next plan.

A run that fails or is killed leaves its days new in some tables and old in others, and nothing else says which days.
What it loaded for the first time the ledger tells as well; what it read again, or rebuilt as of another day, nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import duckdb

from pipelines.contracts import contract_for
from pipelines.errors import NoDataError
from pipelines.settings import Settings
from pipelines.warehouse import stored
from pipelines.warehouse.connect import reading_warehouse

TABLE: Final = "meta.unpublished_run"


class Run(NamedTuple):
    """What a run set out to rebuild: the days [first, last), and whether from nothing."""

    first: date
    last: date
    is_full_refresh: bool = False


def begin(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Write down what is about to change; committed at once, so that it is there whatever happens next."""
    stored.create(connection, contract_for(TABLE))
    connection.execute(f"insert into {TABLE} select ?, ?, ? except select * from {TABLE}", list(run))


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget all of it: a version that holds it stands."""
    stored.create(connection, contract_for(TABLE))
    connection.execute(f"delete from {TABLE}")


def runs(settings: Settings) -> list[Run]:
    """What was begun and is in no version."""
    try:
        with reading_warehouse(settings) as connection:
            return [Run(*row) for row in connection.execute(f"select * from {TABLE} order by all").fetchall()]
    except NoDataError:
        return []
