"""A delivery of a bill does not hold most of its lines twice: a warning, since equal lines are legal.

Providers do write lines that agree in every column, as two equal charges of one hour. An export that was joined with
itself or appended to itself is another thing: every line stands twice, the file closes with itself, and the month is
doubled.
"""

from __future__ import annotations

from typing import Final

from pipelines.contracts import LINEAGE, contract_for
from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)

# Of the lines of a delivery that cost something, how many may equal another. Of Oracle's reports, which tell such lines
# apart by a number alone, three in five may; an export that was doubled is beyond that.
MOST_REPEATED_FRAC: Final = 0.75
_SAID: Final = ", ".join(column.name for column in contract_for("raw.cost_line").columns if column not in LINEAGE)


def checks(look: Look) -> list[Check]:
    """Deliveries of which most lines stand twice or more."""
    doubled = look.all(
        f"""
        with lines as (
            -- A hash of what a line says is grouped in the place of sixty columns of words.
            select delivery_id, hash({_SAID}) as said, billed_cost
            from {look.fresh("raw.cost_line")}
            where billed_cost > 0
        ),

        equal as (
            select delivery_id, count(*) as line_rows, sum(billed_cost) as billed_cost, any_value(billed_cost) as once
            from lines
            group by delivery_id, said
        )

        select
            delivery_id,
            sum(line_rows) as line_rows,
            sum(line_rows) filter (where line_rows > 1) as repeated_rows,
            sum(billed_cost - once) as repeated_cost
        from equal
        group by delivery_id
        having repeated_rows > {MOST_REPEATED_FRAC} * sum(line_rows)
        order by delivery_id
        """
    )
    seen = [
        f"delivery {row['delivery_id'][:8]}: {row['repeated_rows']:,} of {row['line_rows']:,} lines equal another "
        f"of it in every column (billed {row['repeated_cost']:,.2f} beyond once each)"
        for row in doubled
    ]
    return [
        Check(
            table="raw.cost_line",
            column="deliveries of lines that stand twice",
            expectation=BETWEEN,
            evidence=(0, len(doubled)),
            expected="at most three in four lines of a delivery equal to another of it",
            observed="; ".join(seen) or "no delivery repeats most of its lines",
            unexpected_rows=len(doubled),
            next_step=(
                "compare the delivery's total with the invoice; if it is doubled, export it again and take this one "
                "out with: tenure remove ID"
            ),
            parameters={"max_value": 0},
            severity="warning",
            warned=tuple(row["delivery_id"] for row in doubled),
        )
    ]
