"""The lines of an AWS bill, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from pipelines.samples.schedule import DOCK, GRASP, PRETRAIN, SERVING
from pipelines.samples.world import (
    COMMITTED,
    ON_DEMAND,
    CostFact,
    Line,
    between,
    hour_at,
    hours_of_month,
    instant,
    iso,
    month_text,
    next_month,
    plain,
    stream,
)

SOURCE: Final = "aws_cur_legacy"
PAYER: Final = "004200420017"
USAGE_ACCOUNT: Final = "001150420023"
PLAN: Final = f"arn:aws:savingsplans::{PAYER}:savingsplan/5a1e7b00-0000-4000-8000-00000000a17e"
INSTANCE_TYPE: Final = "p5.48xlarge"
EC2: Final = "Amazon Elastic Compute Cloud"
RESTATED: Final = "2026-01"

ON_DEMAND_USD_PER_HOUR: Final = Decimal("55.04")
PLAN_USD_PER_HOUR: Final = Decimal("38.528")
COMMITMENT_USD_PER_HOUR: Final = Decimal("40")
WRONG_USD_PER_HOUR: Final = Decimal("98.32")  # the first assembly of the restated month, on 2026-01-10
EDP_FRAC: Final = Decimal("0.03")
TAX_FRAC: Final = Decimal("0.021")


class _Writer:
    """Fills in what all lines of a period share, and numbers them: ids are unique within one assembly only."""

    def __init__(self, month: datetime, *, final: bool) -> None:
        self.month = month
        self.final = final
        self.lines = 0

    def line(
        self,
        kind: str,
        span: tuple[datetime, datetime],
        billed: Decimal,
        effective: Decimal,
        service: str,
        fields: dict[str, str],
        **fact: object,
    ) -> Line:
        start, end = span
        self.lines += 1
        shared = {
            "identity/LineItemId": f"nw{self.month:%y%m}{self.lines:07d}",
            "identity/TimeInterval": f"{iso(start)}/{iso(end)}",
            "bill/InvoiceId": f"{self.month:%Y%m}770042" if self.final else "",
            "bill/BillingEntity": "AWS",
            "bill/BillType": "Anniversary",
            "bill/PayerAccountId": PAYER,
            "bill/BillingPeriodStartDate": iso(self.month),
            "bill/BillingPeriodEndDate": iso(next_month(self.month)),
            "lineItem/UsageAccountId": USAGE_ACCOUNT,
            "lineItem/LineItemType": kind,
            "lineItem/UsageStartDate": iso(start),
            "lineItem/UsageEndDate": iso(end),
            "lineItem/CurrencyCode": "USD",
            "lineItem/UnblendedCost": plain(billed),
            "lineItem/LegalEntity": "Amazon Web Services, Inc.",
            "product/ProductName": service,
        }
        meaning = CostFact(
            SOURCE,
            PAYER,
            month_text(self.month),
            month_text(start),
            service,
            billed,
            effective,
            **fact,  # type: ignore[arg-type]
        )
        return Line(shared | fields, meaning)


def period(month: datetime, seed: int, *, final: bool) -> Iterator[Line]:
    """The lines of a billing period, in one assembly.

    Args:
        month: first instant of the period.
        seed: of storage and egress.
        final: False for the first assembly of the restated month, which is what AWS knew before it closed the books.
    """
    writer = _Writer(month, final=final)
    on_demand = list(_on_demand_hours(writer))
    yield from _savings_plan_hours(writer)
    yield from on_demand
    usage = [line.fact.billed for line in on_demand]
    if final or month.strftime("%Y-%m") != RESTATED:
        other = list(_other_usage(writer, seed, days=(next_month(month) - month).days))
        yield from other
        usage += [line.fact.billed for line in other]
        yield from _month_end(writer, sum(usage, Decimal(0)))
    else:
        yield from _other_usage(writer, seed, days=26)
    yield from _once(writer)


def _machine(line_machine: str, workload: str, team: str) -> dict[str, str]:
    """Columns of a p5.48xlarge hour."""
    return {
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/UsageType": f"BoxUsage:{INSTANCE_TYPE}",
        "lineItem/Operation": "RunInstances",
        "lineItem/AvailabilityZone": "us-east-1a",
        "lineItem/ResourceId": line_machine,
        "lineItem/UsageAmount": "1",
        "product/instanceType": INSTANCE_TYPE,
        "product/productFamily": "Compute Instance",
        "product/region": "us-east-1",
        "product/servicecode": "AmazonEC2",
        "product/sku": "NWP548XLARGE0001",
        "pricing/publicOnDemandCost": plain(ON_DEMAND_USD_PER_HOUR),
        "pricing/publicOnDemandRate": plain(ON_DEMAND_USD_PER_HOUR),
        "pricing/term": "OnDemand",
        "pricing/unit": "Hrs",
        "resourceTags/user:team": team,
        "resourceTags/user:workload": workload,
    }


def _savings_plan_hours(writer: _Writer) -> Iterator[Line]:
    """Per hour: the covered hour at list price, its negation, and the plan's fee.

    Effective: the plan's rate for the hour used; of the fee, only what the hour left unused.
    """
    plan = {
        "savingsPlan/SavingsPlanArn": PLAN,
        "savingsPlan/PurchaseTerm": "1yr",
        "savingsPlan/PaymentOption": "No Upfront",
        "savingsPlan/OfferingType": "ComputeSavingsPlans",
    }
    rate, list_price = PLAN_USD_PER_HOUR, ON_DEMAND_USD_PER_HOUR
    for hour in hours_of_month(writer.month):
        span = (instant(hour), instant(hour + 1))
        used = Decimal(0)
        if COMMITTED.runs(hour):
            used = rate
            workload, team = (PRETRAIN, "foundation") if hour < hour_at("2026-02-23") else (DOCK, "manipulation")
            box = _machine(COMMITTED.node, workload, team) | plan
            covered = {
                "lineItem/UnblendedRate": plain(list_price),
                "lineItem/LineItemDescription": f"${list_price} per On Demand Linux {INSTANCE_TYPE} Instance Hour",
                "savingsPlan/SavingsPlanRate": plain(rate),
                "savingsPlan/SavingsPlanEffectiveCost": plain(rate),
            }
            yield writer.line(
                "SavingsPlanCoveredUsage",
                span,
                list_price,
                rate,
                EC2,
                box | covered,
                instance_type=INSTANCE_TYPE,
                machine_hours=1,
            )
            negation = {
                "lineItem/ResourceId": "",
                "lineItem/UnblendedRate": plain(-list_price),
                "lineItem/LineItemDescription": f"SavingsPlanNegation used by AccountId : {PAYER}",
                "resourceTags/user:team": "",
                "resourceTags/user:workload": "",
            }
            yield writer.line("SavingsPlanNegation", span, -list_price, Decimal(0), EC2, box | negation)
        fee = plan | {
            "lineItem/ProductCode": "ComputeSavingsPlans",
            "lineItem/UsageType": "ComputeSP:1yrNoUpfront",
            "lineItem/ResourceId": PLAN,
            "lineItem/UsageAmount": "1",
            "lineItem/LineItemDescription": "1 year No Upfront Compute Savings Plan",
            "pricing/unit": "Hrs",
            "savingsPlan/TotalCommitmentToDate": plain(COMMITMENT_USD_PER_HOUR),
            "savingsPlan/UsedCommitment": plain(used),
        }
        unused = COMMITMENT_USD_PER_HOUR - used
        yield writer.line(
            "SavingsPlanRecurringFee",
            span,
            COMMITMENT_USD_PER_HOUR,
            unused,
            "Savings Plans for AWS Compute usage",
            fee,
            instance_type=INSTANCE_TYPE,
            unused=unused,
            unused_hours=0 if used else 1,
        )


def _on_demand_hours(writer: _Writer) -> Iterator[Line]:
    """The on-demand machine; the first assembly of the restated month has a wrong price and 18 hours too many."""
    gone = hour_at("2026-01-30T06")
    for hour in hours_of_month(writer.month):
        late = not writer.final and gone <= hour < gone + 18
        if not (ON_DEMAND.runs(hour) or late):
            continue
        wrong = not writer.final and instant(hour).strftime("%m-%d") == "01-10"
        price = WRONG_USD_PER_HOUR if wrong else ON_DEMAND_USD_PER_HOUR
        fields = _machine(ON_DEMAND.node, GRASP, "manipulation") | {
            "lineItem/UnblendedRate": plain(price),
            "lineItem/LineItemDescription": f"${price} per On Demand Linux {INSTANCE_TYPE} Instance Hour",
        }
        span = (instant(hour), instant(hour + 1))
        yield writer.line("Usage", span, price, price, EC2, fields, instance_type=INSTANCE_TYPE, machine_hours=1)


def _other_usage(writer: _Writer, seed: int, days: int) -> Iterator[Line]:
    """Object storage by month, requests in a number with an exponent, egress by day (so far: `days`)."""
    rng = stream(seed, f"aws-other/{writer.month:%Y%m}")
    month = (writer.month, next_month(writer.month))
    storage = {"lineItem/ProductCode": "AmazonS3", "product/servicecode": "AmazonS3", "pricing/term": "OnDemand"}
    buckets = (("nw-datasets", PRETRAIN, 140_000), ("nw-checkpoints", GRASP, 62_000), ("nw-logs", "", 21_000))
    for bucket, workload, typical_gb in buckets:
        gb = Decimal(typical_gb + between(rng, -4000, 9000)) * (1 if writer.final else Decimal("0.83"))
        fields = storage | {
            "lineItem/UsageType": "TimedStorage-ByteHrs",
            "lineItem/Operation": "StandardStorage",
            "lineItem/ResourceId": bucket,
            "lineItem/UsageAmount": plain(gb),
            "lineItem/UnblendedRate": "0.0211",
            "lineItem/LineItemDescription": "$0.0211 per GB - month of storage used",
            "pricing/unit": "GB-Mo",
            "resourceTags/user:workload": workload,
            # A key that differs only by case, as nobody ever cleans up.
            "resourceTags/user:Team": "Data Platform",
        }
        cost = gb * Decimal("0.0211")
        yield writer.line("Usage", month, cost, cost, "Amazon Simple Storage Service", fields)
    requests = Decimal(between(rng, 2, 9))
    cost = requests * Decimal("4E-7")
    fields = storage | {
        "lineItem/UsageType": "Requests-Tier2",
        "lineItem/Operation": "HeadObject",
        "lineItem/ResourceId": "nw-logs",
        "lineItem/UsageAmount": plain(requests),
        "lineItem/UnblendedCost": f"{cost:E}",
        "pricing/unit": "Requests",
    }
    yield writer.line("Usage", month, cost, cost, "Amazon Simple Storage Service", fields)
    for day in range(days):
        first = hour_at(writer.month.strftime("%Y-%m-%d")) + 24 * day
        gb = Decimal(between(rng, 2_000_000, 9_000_000)) / 10_000
        fields = {
            "lineItem/ProductCode": "AWSDataTransfer",
            "lineItem/UsageType": "DataTransfer-Out-Bytes",
            "lineItem/Operation": "RunInstances",
            "lineItem/ResourceId": COMMITTED.node,
            "lineItem/UsageAmount": plain(gb),
            "lineItem/UnblendedRate": "0.0847",
            "lineItem/LineItemDescription": "$0.0847 per GB - first 10 TB / month data transfer out",
            "pricing/unit": "GB",
            "resourceTags/user:workload": SERVING if day % 3 == 0 else "",
        }
        cost = gb * Decimal("0.0847")
        yield writer.line("Usage", (instant(first), instant(first + 24)), cost, cost, "AWS Data Transfer", fields)


def _month_end(writer: _Writer, usage: Decimal) -> Iterator[Line]:
    """What only a closed month has: discount, support, tax. `usage` is the month's undiscounted usage, USD."""
    month = (writer.month, next_month(writer.month))
    ten = Decimal("1E-10")
    discount = -(usage * EDP_FRAC).quantize(ten)
    fields = {
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/LineItemDescription": "AWS Enterprise Discount Program Discount",
        "discount/EdpDiscount": plain(discount),
    }
    yield writer.line("EdpDiscount", month, discount, discount, EC2, fields)
    support = Decimal("2100")
    fields = {
        "lineItem/ProductCode": "AWSSupportBusiness",
        "lineItem/LineItemDescription": "AWS Support (Business)",
        "lineItem/UsageAmount": "1",
    }
    yield writer.line("Fee", month, support, support, "AWS Support (Business)", fields)
    tax = ((usage + discount + support) * TAX_FRAC).quantize(ten)
    fields = {
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/LineItemDescription": "Tax for product code AmazonEC2",
        "lineItem/TaxType": "USSalesTax",
    }
    yield writer.line("Tax", month, tax, tax, EC2, fields)


def _once(writer: _Writer) -> Iterator[Line]:
    """A promotional credit in October, and in March a refund for a failed day in February."""
    if writer.month.strftime("%Y-%m") == "2025-10":
        fields = {"lineItem/ProductCode": "AmazonEC2", "lineItem/LineItemDescription": "AWS Activate Credit"}
        month = (writer.month, next_month(writer.month))
        yield writer.line("Credit", month, Decimal("-2500"), Decimal("-2500"), EC2, fields)
    if writer.month.strftime("%Y-%m") == "2026-03":
        first = hour_at("2026-02-17")
        fields = {
            "lineItem/ProductCode": "AmazonS3",
            "lineItem/LineItemDescription": "Refund for elevated error rates on 2026-02-17",
        }
        refund = Decimal("-318.42")
        span = (instant(first), instant(first + 24))
        yield writer.line("Refund", span, refund, refund, "Amazon Simple Storage Service", fields)
