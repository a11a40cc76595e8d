"""Every cost is in a currency that can be converted (M06).

The models hold no rates: a line in another currency has no USD amount and would be missing from every total.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import IN_SET, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)
CONVERTIBLE: Final = ("USD",)


def checks(look: Look) -> list[Check]:
    """Currencies of the cost lines."""
    others = look.all(
        """
        select
            billing_currency,
            count(*) as line_rows,
            sum(billed_cost) as billed_cost,
            min(source || ' ' || source_part) as place
        from raw.cost_line
        where not list_contains($convertible, billing_currency)
        group by billing_currency
        order by billing_currency
        """,
        {"convertible": list(CONVERTIBLE)},
    )
    seen = [
        f"{row['billing_currency']} in {row['line_rows']:,} rows (billed {row['billed_cost']:,.2f}), "
        f"as in {row['place']}"
        for row in others
    ]
    names = [row["billing_currency"] for row in others] or [CONVERTIBLE[0]]
    return [
        Check(
            table="raw.cost_line",
            column="billing_currency",
            expectation=IN_SET,
            evidence=(names[0], names[-1]),
            expected=f"one of {', '.join(CONVERTIBLE)}",
            observed="; ".join(seen) or "only these",
            unexpected_rows=sum(row["line_rows"] for row in others),
            next_step="export the bill in USD and add it again: without a rate its cost would be missing from totals",
            parameters={"value_set": list(CONVERTIBLE)},
        )
    ]
