"""What deliveries said, kept after their lines are gone: sums by day with the time they were known, and columns.

Belongs here: what is remembered of a delivery whatever replaces it. Not here: which delivery holds a scope (`load`).

The past is kept as changes. A daily export of the month to date repeats what the day before said; only what it says
otherwise is written, so that a year of daily restatements costs little more than the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from pipelines.contracts import contract_for
from pipelines.sources.files import candidate
from pipelines.sources.model import Delivery, Items, Reading, Scan
from pipelines.sources.sql import literal

KNOWN: Final = "meta.cost_known_daily"
COLUMNS: Final = "meta.delivered_column"
_TIMES: Final = ("known_from_at", "delivery_id", "change_index", "known_to_at", "replaced_by")
_SAID: Final = tuple(name for name in contract_for(KNOWN).names if name not in _TIMES)


def remember(connection: duckdb.DuckDBPyConnection, delivery: Delivery, scope: str, names: Sequence[str]) -> None:
    """Write down where the delivery says other than what was known of the scopes it takes over.

    Args:
        connection: the writer's; the delivery's lines are in raw.cost_line.
        delivery: it.
        scope: SQL of a line's scope.
        names: the scopes it holds from now on.
    """
    said, id_, arrived = ", ".join(_SAID), literal(delivery.delivery_id), f"timestamp '{delivery.received_at}'"
    connection.execute(
        f"""
        create or replace temp table said as
        select
            {scope} as scope, source, billing_account_id, sub_account_id,
            cast(billing_period_start as date) as billing_period_date,
            cast(charge_period_start as date) as charge_date,
            invoice_id, service_provider_name, service_name, charge_category, charge_class, billing_currency,
            count(*) as line_rows, sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost
        from raw.cost_line
        where delivery_id = {id_}
        group by all
        """
    )
    connection.execute("create or replace temp table taken as select unnest(?) as scope", [list(names)])
    open_rows = f"from {KNOWN} where known_to_at is null and scope in (select scope from taken)"
    connection.execute(
        f"create or replace temp table unsaid as select {said} {open_rows} except select {said} from said"
    )
    connection.execute(
        f"create or replace temp table news as select {said} from said where scope in (select scope from taken) "
        f"except select {said} {open_rows}"
    )
    same = " and ".join(f"known.{name} is not distinct from unsaid.{name}" for name in _SAID)
    connection.execute(
        f"update {KNOWN} as known set known_to_at = {arrived}, replaced_by = {id_} from unsaid "
        f"where known.known_to_at is null and {same}"
    )
    # Known for no time at all: the same delivery read again with other eyes, or two versions that arrived at once.
    connection.execute(f"delete from {KNOWN} where known_to_at = {arrived} and known_from_at = {arrived}")
    connection.execute(
        f"insert into {KNOWN} by name select {said}, {arrived} as known_from_at, {id_} as delivery_id, "
        # A backfill opens further ones under the same delivery.
        f"cast((select coalesce(max(change_index), 0) from {KNOWN} where delivery_id = {id_}) "
        f"+ row_number() over (order by {said}) as integer) as change_index from news order by {said}"
    )
    for table in ("said", "taken", "unsaid", "news"):
        connection.execute(f"drop table {table}")


def note_columns(connection: duckdb.DuckDBPyConnection, delivery: Delivery, reading: Reading) -> None:
    """Write down the columns of the delivery's tabular files, and whether anything reads them."""
    values = [
        f"({literal(delivery.delivery_id)}, {literal(delivery.source)}, {literal(part.file.name)}, {place}, "
        f"{literal(name)}, {str(name not in part.unread).lower()})"
        for part in reading.parts
        if isinstance(part, Scan) and not isinstance(part.layout, Items)
        for place, name in enumerate(part.layout.header if part.layout else candidate(part.file).parquet_columns)
    ]
    if values:
        connection.execute(f"insert into {COLUMNS} values {', '.join(values)}")
