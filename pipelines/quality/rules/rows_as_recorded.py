"""Every table of deliveries holds the rows that the ledger says it does.

A row too many is counted twice in some total, a row too few is lost. The rows that an earlier gate passed are not
looked at again one by one; this sees when they are no longer those.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("meta.delivery",)


def checks(look: Look) -> list[Check]:
    """Rows of each table against those of its current deliveries."""
    recorded = {
        row["table_name"]: row["kept_rows"]
        for row in look.all(
            "select table_name, cast(sum(kept_rows) as bigint) as kept_rows from meta.delivery "
            "where status = 'current' group by table_name order by table_name"
        )
    }
    held = {table: rows for table, rows in look.rows.items() if table.startswith("raw.") and rows}
    return [
        _check(look, table, held.get(table, 0), recorded.get(table, 0))
        for table in sorted(held.keys() | recorded.keys())
    ]


def _check(look: Look, table: str, held: int, recorded: int) -> Check:
    return Check(
        table=table,
        column="kept_rows",
        expectation=BETWEEN,
        evidence=(held, held),
        expected=f"{recorded:,} rows, as meta.delivery counts them",
        observed=f"{held:,} rows",
        unexpected_rows=abs(held - recorded),
        next_step=f"delete {look.settings.paths.database} and refresh: everything is loaded again from landing",
        parameters={"min_value": recorded, "max_value": recorded},
    )
