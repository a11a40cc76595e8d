"""Whether registers that are added agree with one another and with what is in landing, before they are accepted.

Belongs here: asking the rules of `sources.links` of rows that no warehouse holds yet. Not here: the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.errors import InputError, RegisterError
from pipelines.settings import Settings
from pipelines.sources import source_named
from pipelines.sources.handkept import Problem, line_of, raise_problems
from pipelines.sources.links import LINKS, Link
from pipelines.sources.model import Delivery, Rows
from pipelines.warehouse.connect import in_memory
from pipelines.warehouse.tables import replace_rows


def check(settings: Settings, added: Sequence[Delivery], landed: Sequence[Delivery]) -> None:
    """Refuse a register whose rows do not go with the others. One that is not there yet contradicts nothing.

    Args:
        settings: the home.
        added: deliveries to be; of other kinds too.
        landed: what is in landing.

    Raises:
        RegisterError: lists every row that names in vain, with file, line, value and remedy.
    """
    newest = {
        source_named(delivery.source).TABLE: delivery
        for delivery in sorted([*landed, *added], key=lambda delivery: (delivery.received_at, delivery.delivery_id))
        if delivery.kind == "registers"
    }
    asked = [link for link in LINKS if newest.get(link.table) in added and link.named in newest]
    with in_memory(settings) as connection:
        there = {
            table for table in {name for link in asked for name in (link.table, link.named)}
            if _is_put(connection, table, newest[table])
        }  # fmt: skip
        problems = [
            problem
            for link in asked
            if {link.table, link.named} <= there
            for problem in _problems(connection, link, newest[link.table])
        ]
    raise_problems(problems, RegisterError)


def _is_put(connection: duckdb.DuckDBPyConnection, table: str, delivery: Delivery) -> bool:
    """Put the rows of a register into its table; not where it cannot be read, which its load will say."""
    try:
        parts = source_named(delivery.source).read(delivery).parts
    except (InputError, OSError):
        return False
    rows = [part.frame.with_columns(source_part=pl.lit(part.file.name)) for part in parts if isinstance(part, Rows)]
    replace_rows(connection, table, pl.concat(rows).with_columns(delivery_id=pl.lit(delivery.delivery_id)))
    return True


def _problems(connection: duckdb.DuckDBPyConnection, link: Link, delivery: Delivery) -> list[Problem]:
    files = {file.name: file for file in delivery.files}
    return [
        Problem(part, line_of(files[part], row), None, f"{what}: it has to be {link.expected}", link.next_step)
        for part, row, what in connection.execute(f"select source_part, source_row, what from ({link.sql})").fetchall()
    ]
