"""Usage lies in or near the billing period it is billed in (T03, M07).

Late usage is billed a month later (M07), so a line may lie outside. A date read with month and day swapped lies months
outside (T03). Corrections are left out: they name the earlier period they correct, however old (M08).
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)

# A whole month, and the two weeks into the next that providers keep a month open.
MAX_OUTSIDE_DAYS: Final = 45


def _usage(look: Look) -> str:
    return f"""
    select
        source_part,
        source_row,
        charge_period_start,
        billing_period_start,
        greatest(
            epoch(billing_period_start) - epoch(charge_period_start),
            epoch(charge_period_start) - epoch(billing_period_end),
            0
        ) / 86400 as outside_days
    from {look.fresh("raw.cost_line")}
    where charge_category = 'Usage' and charge_class is distinct from 'Correction'
    """


def checks(look: Look) -> list[Check]:
    """Days between usage and its billing period."""
    found = look.one(
        "select min(outside_days) as low, max(outside_days) as high, "
        f"count(*) filter (where outside_days > {MAX_OUTSIDE_DAYS}) as outside_rows from ({_usage(look)}) as usage"
    )
    return [
        Check(
            table="raw.cost_line",
            column="charge_outside_billing_period_days",
            expectation=BETWEEN,
            evidence=(found["low"], found["high"]),
            expected=f"usage at most {MAX_OUTSIDE_DAYS} days outside its billing period",
            observed=_farthest(look, found["outside_rows"]) if found["outside_rows"] else "none is farther outside",
            unexpected_rows=found["outside_rows"],
            next_step="look whether day and month are swapped in that file; export it with ISO dates and add it again",
            parameters={"min_value": 0, "max_value": MAX_OUTSIDE_DAYS},
        )
    ]


def _farthest(look: Look, outside_rows: int) -> str:
    row = look.one(f"{_usage(look)} order by outside_days desc, source_part, source_row limit 1")
    return (
        f"{outside_rows:,} rows, as {row['source_part']} row {row['source_row']}: a charge of "
        f"{row['charge_period_start']:%Y-%m-%d} billed in {row['billing_period_start']:%Y-%m}, "
        f"{row['outside_days']:.0f} days outside"
    )
