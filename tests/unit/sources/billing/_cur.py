"""Lines of AWS CUR legacy, made up, for the tests of what becomes of them."""

from __future__ import annotations

from pathlib import Path

from _run import Outcome, candidates, csv_text, run

from pipelines.sources.billing import aws_cur_legacy as cur

PLAN = "arn:aws:savingsplans::000000000009:savingsplan/p1"
RESERVATION = "arn:aws:ec2:us-east-1:000000000009:reserved-instances/r1"
LINE = {
    "identity/LineItemId": "a1",
    "bill/PayerAccountId": "000000000009",
    "bill/BillingPeriodStartDate": "2026-08-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-09-01T00:00:00Z",
    "bill/InvoiceId": "",
    "lineItem/UsageAccountId": "000000000042",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-08-03T10:00:00.000Z",
    "lineItem/UsageEndDate": "2026-08-03T11:00:00Z",
    "lineItem/UsageType": "BoxUsage:p5.48xlarge",
    "lineItem/UsageAmount": "1",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "55.04",
    "lineItem/LineItemDescription": "",
    "lineItem/ResourceId": "",
    "pricing/unit": "Hrs",
    "pricing/publicOnDemandCost": "98.32",
    "product/instanceType": "",
    "savingsPlan/SavingsPlanARN": "",
    "savingsPlan/SavingsPlanEffectiveCost": "",
    "savingsPlan/TotalCommitmentToDate": "",
    "savingsPlan/UsedCommitment": "",
    "reservation/ReservationARN": "",
    "reservation/EffectiveCost": "",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "",
    "reservation/UnusedRecurringFee": "",
}
HEADER = list(LINE)


def outcome(folder: Path, *lines: dict[str, str], header: list[str] | None = None) -> Outcome:
    """A single file through the source."""
    more = dict.fromkeys(name for line in lines for name in line if name not in LINE)
    (folder / "cur.csv").write_text(csv_text(header or [*HEADER, *more], *lines))
    (claim,) = cur.claim(candidates(folder))
    return run(cur, claim)


def one(folder: Path, **changed: str) -> dict[str, object]:
    """The kept row of a file with one line; `lineItem__X` stands for the column lineItem/X."""
    result = outcome(folder, LINE | {name.replace("__", "/"): value for name, value in changed.items()})
    assert result.rejected == []
    return result.kept[0]
