"""Twelve months of FOCUS from a neocloud that upgrades its export twice, with what each line means beside it.

1.0 in 2025-09, with the literal NULL and times without a zone that real 1.0 exports hold; 1.2 from 2025-10, 2026-04 of
it as Parquet; 1.3 in 2026-08. Each file is a whole billing period.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from pipelines.samples.schedule import SERVING
from pipelines.samples.world import (
    LUMEN,
    CostFact,
    Line,
    between,
    hour_at,
    hours_of_month,
    instant,
    iso,
    month_starts,
    month_text,
    next_month,
    plain,
    stream,
)

SOURCE: Final = "focus"
PROVIDER: Final = "Lumen Compute"
ACCOUNT: Final = "LC-0007310"
SUB_ACCOUNT: Final = "proj-fleet-0731"
INSTANCE_TYPE: Final = "gpu-h100-sxm-8x"
SERVERS: Final = "Lumen GPU Servers"
RESERVATION: Final = "lc-res-20251201-0731"
RESERVED_FROM: Final = hour_at("2025-12-01")

LIST_USD_PER_HOUR: Final = Decimal("23.92")
RESERVED_USD_PER_HOUR: Final = Decimal("17.52")
# Half of the term's price is paid at signature, half by the month.
MONTHLY_USD_PER_HOUR: Final = Decimal("8.76")
TERM: Final = (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
TERM_HOURS: Final = 8760
UPFRONT_USD: Final = TERM_HOURS * (RESERVED_USD_PER_HOUR - MONTHLY_USD_PER_HOUR)
TAX_FRAC: Final = Decimal("0.02")

TAGS: Final = {"workload": SERVING, "team": "fleet", "env": "prod"}
COMMITMENT: Final = {
    "CommitmentDiscountId": RESERVATION,
    "CommitmentDiscountName": "Reserved server, one year, partial upfront",
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountType": "Reserved Server",
    "CommitmentDiscountUnit": "Hours",
}
INSTANCE: Final = {
    "SkuPriceDetails": json.dumps({"InstanceType": INSTANCE_TYPE, "GpuCount": 8}, separators=(",", ":")),
    # 1.0 has no SkuPriceDetails; like other providers of its time, this one had a column of its own.
    "x_SkuDetails": json.dumps({"InstanceType": INSTANCE_TYPE}, separators=(",", ":")),
}


def lumen_bill(seed: int) -> dict[str, list[Line]]:
    """Month (`2026-01`) → its lines."""
    return {month.strftime("%Y-%m"): list(_period(month, seed)) for month in month_starts()}


def _line(
    month: datetime,
    span: tuple[datetime, datetime],
    category: str,
    service: str,
    billed: Decimal,
    effective: Decimal,
    fields: dict[str, str],
    **fact: object,
) -> Line:
    start, end = span
    shared = {
        "ProviderName": PROVIDER,
        "PublisherName": PROVIDER,
        "ServiceProviderName": PROVIDER,
        "HostProviderName": PROVIDER,
        "InvoiceIssuerName": PROVIDER,
        "InvoiceId": f"LUM-{month:%Y-%m}-0731",
        "BillingAccountId": ACCOUNT,
        "BillingAccountName": "Northwind Robotics",
        "BillingAccountType": "Organization",
        "SubAccountId": SUB_ACCOUNT,
        "SubAccountName": "fleet",
        "SubAccountType": "Project",
        "BillingPeriodStart": iso(month),
        "BillingPeriodEnd": iso(next_month(month)),
        "ChargePeriodStart": iso(start),
        "ChargePeriodEnd": iso(end),
        "ChargeCategory": category,
        "ChargeFrequency": "Usage-Based" if category == "Usage" else "One-Time",
        "BilledCost": plain(billed),
        "EffectiveCost": plain(effective),
        "ListCost": plain(billed),
        "ContractedCost": plain(billed),
        "BillingCurrency": "USD",
        "PricingCurrency": "USD",
        "ServiceName": service,
        "RegionId": "eu-north-2",
        "RegionName": "Luleå",
    }
    meaning = CostFact(
        SOURCE,
        ACCOUNT,
        month_text(month),
        month_text(start),
        service,
        billed,
        effective,
        **fact,  # type: ignore[arg-type]
    )
    return Line(shared | fields, meaning)


def _period(month: datetime, seed: int) -> Iterator[Line]:
    lines = [*_server_hours(month), *_other_usage(month, seed)]
    whole = (month, next_month(month))
    yield from lines
    usage = sum((line.fact.billed for line in lines), Decimal(0))
    if month.strftime("%Y-%m") == "2025-11":
        credit = {"ServiceCategory": "Compute", "ChargeDescription": "Welcome credit"}
        yield _line(month, whole, "Credit", SERVERS, Decimal("-1500"), Decimal("-1500"), credit)
    if month.strftime("%Y-%m") == "2026-03":
        # Charged for February, invoiced in March: the hours of the outage come back at the reserved price.
        outage = LUMEN.off[0]
        refund = -(outage[1] - outage[0]) * RESERVED_USD_PER_HOUR
        correction = {
            "ChargeClass": "Correction",
            "ServiceCategory": "Compute",
            "ChargeDescription": "Service level refund, outage of 2026-02-10",
            "ResourceId": LUMEN.node,
        }
        span = (instant(outage[0]), instant(outage[1]))
        yield _line(month, span, "Usage", SERVERS, refund, refund, correction)
        usage += refund
    tax = (usage * TAX_FRAC).quantize(Decimal("0.01"))
    yield _line(month, whole, "Tax", SERVERS, tax, tax, {"ServiceCategory": "Compute", "ChargeDescription": "Tax"})


def _server_hours(month: datetime) -> Iterator[Line]:
    """On-demand hours, then the reservation: paid at signature and by the month, effective by the hour, used or not."""
    hours = hours_of_month(month)
    server = INSTANCE | {
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Virtual Machines",
        "ResourceType": "GPU Server",
        "SkuId": "LUM-H100-8X",
        "SkuMeter": "Server hours",
        "ListUnitPrice": plain(LIST_USD_PER_HOUR),
        "ContractedUnitPrice": plain(LIST_USD_PER_HOUR),
        "PricingQuantity": "1",
        "PricingUnit": "Hours",
    }
    if hours[0] >= RESERVED_FROM:
        purchase = COMMITMENT | {
            "ServiceCategory": "Compute",
            "ServiceSubcategory": "Virtual Machines",
            "ChargeFrequency": "Recurring",
            "ChargeDescription": "Reserved server, monthly payment",
            "PricingCategory": "Standard",
            "PricingQuantity": str(len(hours)),
            "PricingUnit": "Hours",
            "ListUnitPrice": plain(MONTHLY_USD_PER_HOUR),
            "ContractedUnitPrice": plain(MONTHLY_USD_PER_HOUR),
            "CommitmentDiscountQuantity": str(len(hours)),
            "SkuId": "LUM-H100-8X-1Y",
            "SkuPriceId": "LUM-H100-8X-1Y-PU",
            "ResourceId": RESERVATION,
            "ResourceType": "Reserved Server",
        }
        paid = len(hours) * MONTHLY_USD_PER_HOUR
        yield _line(month, (month, next_month(month)), "Purchase", SERVERS, paid, Decimal(0), purchase)
        if month == TERM[0]:
            upfront = purchase | {"ChargeFrequency": "One-Time", "ChargeDescription": "Reserved server, upfront"}
            upfront |= {"PricingQuantity": str(TERM_HOURS), "CommitmentDiscountQuantity": str(TERM_HOURS)}
            yield _line(month, TERM, "Purchase", SERVERS, UPFRONT_USD, Decimal(0), upfront)
    for hour in hours:
        span = (instant(hour), instant(hour + 1))
        runs = LUMEN.runs(hour)
        used = {"ResourceId": LUMEN.node, "ResourceName": "fleet-gpu-1", "Tags": json.dumps(TAGS)}
        used |= {"ConsumedQuantity": "1", "ConsumedUnit": "Hours", "ListCost": plain(LIST_USD_PER_HOUR)}
        used |= {"ContractedCost": plain(LIST_USD_PER_HOUR), "SkuPriceId": "LUM-H100-8X-OD"}
        if hour < RESERVED_FROM:
            fields = server | used | {"ChargeDescription": "H100 server, on demand", "PricingCategory": "Standard"}
            price = LIST_USD_PER_HOUR
            counts: dict[str, object] = {"instance_type": INSTANCE_TYPE, "machine_hours": 1}
            yield _line(month, span, "Usage", SERVERS, price, price, fields, **counts)
            continue
        fields = server | COMMITMENT | {"PricingCategory": "Committed", "CommitmentDiscountQuantity": "1"}
        if runs:
            fields |= used | {"ChargeDescription": "H100 server, reserved", "CommitmentDiscountStatus": "Used"}
            counts = {"instance_type": INSTANCE_TYPE, "machine_hours": 1}
        else:
            fields |= {"ChargeDescription": "Reserved server, not used", "CommitmentDiscountStatus": "Unused"}
            fields |= {"ListCost": plain(RESERVED_USD_PER_HOUR), "ContractedCost": plain(RESERVED_USD_PER_HOUR)}
            fields |= {"ResourceId": RESERVATION, "SkuPriceId": "LUM-H100-8X-1Y-PU"}
            counts = {"instance_type": INSTANCE_TYPE, "unused_hours": 1, "unused": RESERVED_USD_PER_HOUR}
        yield _line(month, span, "Usage", SERVERS, Decimal(0), RESERVED_USD_PER_HOUR, fields, **counts)


def _other_usage(month: datetime, seed: int) -> Iterator[Line]:
    """Storage and support by the month, egress by the day."""
    rng = stream(seed, f"lumen-other/{month:%Y%m}")
    whole = (month, next_month(month))

    def priced(quantity: Decimal, unit: str, price: Decimal, category: str, description: str) -> dict[str, str]:
        return {
            "ServiceCategory": category,
            "ChargeDescription": description,
            "PricingCategory": "Standard",
            "PricingQuantity": plain(quantity),
            "PricingUnit": unit,
            "ConsumedQuantity": plain(quantity),
            "ConsumedUnit": unit,
            "ListUnitPrice": plain(price),
            "ContractedUnitPrice": plain(price),
            "SkuId": f"LUM-{description.upper().replace(' ', '-')}",
            "SkuPriceId": f"LUM-{description.upper().replace(' ', '-')}-OD",
            "SkuMeter": description,
        }

    quantity, price = Decimal(18_000 + between(rng, 0, 2500)), Decimal("0.018")
    cost = quantity * price
    fields = priced(quantity, "GB-Months", price, "Storage", "Object storage") | {"Tags": '{"team": "fleet"}'}
    yield _line(month, whole, "Usage", "Lumen Object Storage", cost, cost, fields)
    for day in range((whole[1] - month).days):
        first = hour_at(month.strftime("%Y-%m-%d")) + 24 * day
        quantity, price = Decimal(between(rng, 900_000, 2_600_000)) / 10_000, Decimal("0.0185")
        cost = quantity * price
        fields = priced(quantity, "GB", price, "Networking", "Egress") | {"Tags": json.dumps(TAGS)}
        yield _line(month, (instant(first), instant(first + 24)), "Usage", "Lumen Network", cost, cost, fields)
    cost = Decimal("450")
    fields = priced(Decimal(1), "Months", cost, "Management and Governance", "Support plan")
    yield _line(month, whole, "Usage", "Lumen Support", cost, cost, fields)
