"""The known answer for lease contracts: what each accrues by month, in `Decimal` of 50 digits.

None of them was ever used beyond what is owed (two owe everything, the use of the third is unknown), so that a day
costs the committed price × the hours owed, and its part of the prepayment. The register is the only input.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.samples.answers import write_answer
from pipelines.samples.registers import LEASES, RAMP, Lease
from pipelines.samples.world import END, month_text, rounded

HOURS_PER_DAY: Final = 24


def write_lease_answer(answer_dir: Path) -> None:
    """Write `lease_contract_by_month`: GPU-hours committed and owed, and USD accrued, by contract and month."""
    totals: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for lease in LEASES:
        day = lease.start_date
        while day < min(lease.end_date, END.date()):
            key = (month_text(day), lease.contract_id)
            totals[key] = [total + part for total, part in zip(totals[key], _day(lease, day), strict=True)]
            day += timedelta(days=1)
    write_answer(
        answer_dir / "lease_contract_by_month.csv",
        ("accrual_month", "contract_id", "committed_gpu_hours", "owed_gpu_hours", "accrued_cost_usd"),
        ((*key, *amounts) for key, amounts in sorted(totals.items())),
    )


def _day(lease: Lease, day: date) -> tuple[Decimal, Decimal, Decimal]:
    steps = [gpus for contract_id, first, gpus in RAMP if contract_id == lease.contract_id and first <= day]
    committed = Decimal((steps or [lease.gpus])[-1] * HOURS_PER_DAY)
    owed = committed * lease.take_or_pay_frac
    prepaid = lease.upfront_usd / (lease.end_date - lease.start_date).days
    return committed, owed, rounded(owed * lease.committed_price_usd_per_gpu_hour) + rounded(prepaid)
