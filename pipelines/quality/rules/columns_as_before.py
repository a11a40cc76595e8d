"""A source's newest delivery has the columns that the one before had (B13, B14): a warning.

A column that a source needs and that is gone stops the delivery when it is added. What is told here is the rest: a
column that came (nobody reads it yet) or went (it was optional, and is null from now on).
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("meta.delivered_column",)
SHOWN: Final = 5


def checks(look: Look) -> list[Check]:
    """Columns that came or went with the newest delivery of each source."""
    rows = look.all(
        """
        with arrivals as (
            select distinct columns.source, columns.delivery_id, ledger.received_at
            from meta.delivered_column as columns
            inner join meta.delivery as ledger on columns.delivery_id = ledger.delivery_id
        ),

        placed as (
            select *, dense_rank() over (partition by source order by received_at desc, delivery_id desc) as place
            from arrivals
        )

        select
            placed.source,
            columns.column_name,
            bool_or(placed.place = 1) as came,
            bool_or(columns.is_read) as is_read
        from placed
        inner join meta.delivered_column as columns
            on placed.delivery_id = columns.delivery_id and placed.source = columns.source
        where
            placed.place <= 2
            and placed.source in (select source from placed group by source having max(place) > 1)
        group by placed.source, columns.column_name
        having bool_and(placed.place = 1) or bool_and(placed.place = 2)
        order by placed.source, columns.column_name
        """
    )
    seen = [
        f"{row['source']}: {row['column_name']} {'is new' if row['came'] else 'is gone'}"
        + ("" if row["is_read"] else ", nobody reads it")
        for row in rows
    ]
    more = f" and {len(seen) - SHOWN} more" if len(seen) > SHOWN else ""
    return [
        Check(
            table="meta.delivered_column",
            column="columns that came or went",
            expectation=BETWEEN,
            evidence=(0, len(rows)),
            expected="the columns of the delivery before",
            observed="; ".join(seen[:SHOWN]) + more or "they are",
            unexpected_rows=len(rows),
            next_step='see: tenure sql "select * from meta.delivered_columns where is_new or not is_in_newest"',
            parameters={"max_value": 0},
            severity="warning",
        )
    ]
