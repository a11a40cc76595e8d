"""A column that was filled in one billing period is not empty in the next (B15).

A provider's column can go empty for months unnoticed (finops-toolkit#2105: SkuMeter, March to October). The newest
period of each source and account is compared with the one before; what fell earlier no gate can mend.
"""

from __future__ import annotations

from typing import Final

from pipelines.contracts import contract_for
from pipelines.quality.check import BETWEEN, Check, Gate, Look
from pipelines.sources.sql import quote

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)

FILLED_FRAC: Final = 0.95
EMPTY_FRAC: Final = 0.05
# The first hours of a period hold a few recurring charges that say little of its columns.
MIN_USAGE_ROWS: Final = 100
# Empty by event and not by defect: an open month has no invoice, a commitment or reservation begins and ends.
EVENTS: Final = frozenset(
    {
        "invoice_id",
        "charge_class",
        "commitment_discount_id",
        "commitment_discount_category",
        "commitment_discount_type",
        "commitment_discount_status",
        "capacity_reservation_id",
        "capacity_reservation_status",
    }
)


def checks(look: Look) -> list[Check]:
    """One check a column that fell; where none did, one on how empty a formerly filled column has become at most."""
    columns = [
        column.name for column in contract_for("raw.cost_line").columns if column.nullable and column.name not in EVENTS
    ]
    counts = ", ".join(f"count({quote(name)}) as {quote(name)}" for name in columns)
    formerly_filled = look.all(
        f"""
        with periods as (
            select distinct source, billing_account_id, billing_period_start
            from raw.cost_line
            where charge_category = 'Usage'
        ),
        recent as (
            select *, row_number() over (
                partition by source, billing_account_id order by billing_period_start desc
            ) as age_index
            from periods
            qualify age_index <= 2
        ),
        filled as (
            select source, billing_account_id, billing_period_start, age_index, count(*) as usage_rows, {counts}
            from raw.cost_line
            inner join recent using (source, billing_account_id, billing_period_start)
            where charge_category = 'Usage'
            group by source, billing_account_id, billing_period_start, age_index
        ),
        by_column as (
            unpivot filled on {", ".join(map(quote, columns))} into name column_name value filled_rows
        )
        select
            newest.column_name,
            newest.source,
            newest.billing_account_id,
            newest.billing_period_start,
            newest.usage_rows,
            newest.filled_rows / newest.usage_rows as filled_frac,
            earlier.filled_rows / earlier.usage_rows as earlier_filled_frac
        from by_column as newest
        inner join by_column as earlier
            on newest.source = earlier.source
            and newest.billing_account_id = earlier.billing_account_id
            and newest.column_name = earlier.column_name
            and newest.age_index = 1 and earlier.age_index = 2
        where newest.usage_rows >= $rows and earlier.usage_rows >= $rows
            and earlier.filled_rows >= $filled * earlier.usage_rows
        order by newest.column_name, filled_frac, newest.source, newest.billing_account_id
        """,
        {"rows": MIN_USAGE_ROWS, "filled": FILLED_FRAC},
    )
    emptied: dict[str, list[dict[str, object]]] = {}
    for row in formerly_filled:
        if row["filled_frac"] < EMPTY_FRAC:
            emptied.setdefault(row["column_name"], []).append(row)
    if not emptied:
        lowest = min((row["filled_frac"] for row in formerly_filled), default=None)
        observed = "no two periods to compare" if lowest is None else f"at least {lowest:.0%} of rows"
        return [_check("filled_frac", lowest, observed, 0)]
    return [
        _check(
            f"filled_frac of {name}",
            rows[0]["filled_frac"],
            "; ".join(map(_told, rows)),
            sum(int(str(row["usage_rows"])) for row in rows),
        )
        for name, rows in emptied.items()
    ]


def _told(row: dict[str, object]) -> str:
    return (
        f"{row['filled_frac']:.0%} after {row['earlier_filled_frac']:.0%} in {row['source']}, account "
        f"{row['billing_account_id']}, {row['billing_period_start']:%Y-%m}"
    )


def _check(column: str, filled_frac: object, observed: str, unexpected_rows: int) -> Check:
    return Check(
        table="raw.cost_line",
        column=column,
        expectation=BETWEEN,
        evidence=(filled_frac, filled_frac),
        expected=f"at least {EMPTY_FRAC:.0%} of rows filled where {FILLED_FRAC:.0%} were in the billing period before",
        observed=observed,
        unexpected_rows=unexpected_rows,
        next_step="look whether the provider renamed or dropped the column; export the period again with it and add it",
        parameters={"min_value": EMPTY_FRAC, "max_value": 1},
    )
