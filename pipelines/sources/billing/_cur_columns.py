"""The columns of AWS CUR by their legacy names, mapped to cost lines; `SnakeFields` has the newer layouts' names.

Belongs here: what each contract column is made of. Not here: which files belong together, what AWS's own words mean.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._aws import (
    CONSUMING,
    COVERED,
    LINE_ITEM_TYPE,
    SAVINGS_PLAN_ARN,
    UNBLENDED,
    UNUSED_PART_ON,
    USAGE_TYPE,
    amortised,
    by_type,
    is_type,
    machine_of_spot_description,
    machine_of_usage_type,
    reservation_arn,
)
from pipelines.sources.billing._aws_export_columns import SnakeFields, tags_in_maps
from pipelines.sources.billing._mapping import Rule, case_of, column, derived, first_of, when
from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, constant, literal, money, tags_from_columns, timestamp

# AWS has no FOCUS category; its product families say enough for what is shared among workloads.
SERVICE_CATEGORIES: Final = {
    "Compute Instance": "Compute",
    "Compute Instance (bare metal)": "Compute",
    "ComputeSavingsPlans": "Compute",
    "Dedicated Host": "Compute",
    "Storage": "Storage",
    "Storage Snapshot": "Storage",
    "Data Transfer": "Networking",
    "IP Address": "Networking",
    "Load Balancer": "Networking",
    "Load Balancer-Application": "Networking",
    "Load Balancer-Network": "Networking",
    "NAT Gateway": "Networking",
    "VpcEndpoint": "Networking",
    "Database Instance": "Databases",
}


def _moneywhen(condition: str, value: str) -> Expression:
    """The amount where the condition holds; the text it was read from goes with it."""
    amount = money(value)
    return Expression(when(condition, amount.sql), amount.raw and when(condition, amount.raw))


def _charge_period_end(fields: Fields) -> Expression:
    """Lines that span the month end at 23:59:59, the last second inside; ends are exclusive here."""
    end = timestamp(fields["lineItem/UsageEndDate"])
    inclusive = f"strftime({end.sql}, '%M:%S') = '59:59'"
    return Expression(when(inclusive, f"{end.sql} + interval 1 second", end.sql), end.raw)


def _effective_cost(fields: Fields) -> Expression:
    cost, raw = amortised(fields)
    return Expression(cost, raw)


def _unless_negation(*names: str) -> Rule:
    """A figure at list price: a negation repeats that of the usage which it takes the price off."""

    def build(fields: Fields) -> Expression:
        return _moneywhen(f"({is_type(fields, 'SavingsPlanNegation')}) is not true", first_of(fields, *names))

    return Rule(f"{' else '.join(names)}; null on negations", build)


def _contracted_unit_price(fields: Fields) -> Expression:
    use = is_type(fields, "Usage", "SavingsPlanCoveredUsage")
    return _moneywhen(use, first_of(fields, "lineItem/UnblendedRate"))


def _contracted_cost(fields: Fields) -> Expression:
    """Unblended, save on reserved usage (billed 0 whatever its price) and negations (an offset, not a price)."""
    return _moneywhen(f"({is_type(fields, 'DiscountedUsage', 'SavingsPlanNegation')}) is not true", fields[UNBLENDED])


def _pricing_category(fields: Fields) -> Expression:
    spot = (
        f"{first_of(fields, USAGE_TYPE)} like '%SpotUsage%' or {first_of(fields, 'product/marketoption')} = 'Spot' "
        f"or {first_of(fields, 'pricing/term')} = 'Spot'"
    )
    priced = by_type(fields, lambda kind: "'Standard'" if kind.charge_category in ("Usage", "Purchase") else "null")
    committed = when(is_type(fields, *COVERED, "SavingsPlanNegation"), "'Committed'", priced)
    return Expression(when(spot, "'Dynamic'", committed))


def _is_priced(fields: Fields) -> str:
    """Lines with a quantity that is priced: use and purchases."""
    return is_type(fields, *CONSUMING, "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee", "Fee")


def _is_consumed(fields: Fields) -> str:
    """Lines whose quantity was used: capacity that is reserved or idle has a usage type of its own."""
    usage_type = first_of(fields, USAGE_TYPE)
    held = f"regexp_matches(coalesce({usage_type}, ''), '(UnusedBox|UnusedDed|Reservation|DedicatedRes):')"
    return f"{is_type(fields, *CONSUMING)} and not {held}"


def _quantity(condition: str, fields: Fields) -> Expression:
    return _moneywhen(condition, first_of(fields, "lineItem/UsageAmount"))


def _unit(condition: str, fields: Fields) -> Expression:
    return Expression(when(condition, first_of(fields, "pricing/unit")))


def _instance_type(fields: Fields) -> Expression:
    """Not on lines of the Marketplace: the hours of the machine that software runs on count on the machine's line."""
    usage_type = machine_of_usage_type(first_of(fields, USAGE_TYPE))
    spot = machine_of_spot_description(first_of(fields, "lineItem/LineItemDescription"))
    machine = f"coalesce({first_of(fields, 'product/instanceType')}, {usage_type}, {spot})"
    return Expression(when(f"{first_of(fields, 'bill/BillingEntity')} = 'AWS Marketplace'", "null", machine))


def _commitment(plan: str, reservation: str, fields: Fields) -> Expression:
    has_plan = f"{first_of(fields, *SAVINGS_PLAN_ARN)} is not null"
    return Expression(when(has_plan, plan, when(f"{reservation_arn(fields)} is not null", reservation)))


def _commitment_status(fields: Fields) -> Expression:
    """The fee lines carry the unused part of a commitment, so they are its 'Unused' lines where there is any."""
    cost, _ = amortised(fields)
    unused = when(f"{is_type(fields, *UNUSED_PART_ON)} and {cost} <> 0", "'Unused'")
    return Expression(when(is_type(fields, *COVERED), "'Used'", unused))


def _commitment_quantity(fields: Fields) -> Expression:
    """What a line takes of its commitment: currency of a plan, hours of a reservation."""
    taken = {
        "SavingsPlanCoveredUsage": first_of(fields, "savingsPlan/SavingsPlanEffectiveCost"),
        "DiscountedUsage": first_of(fields, "lineItem/UsageAmount"),
        "RIFee": first_of(fields, "reservation/UnusedQuantity"),
    }
    return money(case_of(first_of(fields, LINE_ITEM_TYPE), taken))


def _commitment_unit(fields: Fields) -> Expression:
    quantity = _commitment_quantity(fields).sql
    plan = is_type(fields, "SavingsPlanCoveredUsage")
    unit = when(plan, first_of(fields, "lineItem/CurrencyCode"), first_of(fields, "pricing/unit"))
    return Expression(when(f"{quantity} is not null", unit))


def _capacity_reservation_id(fields: Fields) -> Expression:
    resource = first_of(fields, "lineItem/ResourceId")
    named = first_of(fields, "capacityReservation/CapacityReservationArn")
    in_resource = when(f"contains({resource}, ':capacity-reservation/')", resource)
    return Expression(f"coalesce({named}, {in_resource})")


def _capacity_reservation_status(fields: Fields) -> Expression:
    """Used and Unused as stated; else Unused by the usage type. A cancelled reservation was paid for and held nothing.

    A `Reservation:` line is about all that is reserved, used or not, as is the fee of a Capacity Block: it has no
    status. The hours that ran in it stand on lines of their own.
    """
    stated = first_of(fields, "capacityReservation/CapacityReservationStatus")
    unused = f"regexp_matches(coalesce({first_of(fields, USAGE_TYPE)}, ''), '(UnusedBox|UnusedDed):')"
    told = {"Used": "'Used'", "Unused": "'Unused'", "Canceled": "'Unused'", "Cancelled": "'Unused'"}
    return Expression(case_of(stated, told, when(unused, "'Unused'")))


def _tags(fields: Fields) -> Expression:
    """Keys as delivered after `resourceTags/`, so that keys which differ only by case stay apart."""
    in_maps = tags_in_maps(fields) if isinstance(fields, SnakeFields) else None
    if in_maps:
        return in_maps
    tags = {
        name.removeprefix("resourceTags/"): fields[name]
        for name in fields.names
        if name.startswith(("resourceTags/", "costCategory/"))
    }
    return tags_from_columns(tags)


def _service_category(fields: Fields) -> Expression:
    categories = {family: literal(category) for family, category in SERVICE_CATEGORIES.items()}
    return Expression(case_of(first_of(fields, "product/productFamily"), categories))


def _resource_type(fields: Fields) -> Expression:
    has_resource = f"{first_of(fields, 'lineItem/ResourceId')} is not null"
    return Expression(when(has_resource, first_of(fields, "product/productFamily")))


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": column("bill/PayerAccountId", required=True),
    "billing_account_name": column("bill/PayerAccountName"),
    "sub_account_id": column("lineItem/UsageAccountId"),
    "sub_account_name": column("lineItem/UsageAccountName"),
    "billing_period_start": column("bill/BillingPeriodStartDate", parse=timestamp, required=True),
    "billing_period_end": column("bill/BillingPeriodEndDate", parse=timestamp, required=True),
    "charge_period_start": column("lineItem/UsageStartDate", parse=timestamp, required=True),
    "charge_period_end": derived(
        "lineItem/UsageEndDate; …:59:59 is the last second inside, ends are exclusive",
        _charge_period_end,
        "lineItem/UsageEndDate",
    ),
    "invoice_id": column("bill/InvoiceId"),
    "invoice_issuer_name": column("bill/InvoicingEntity", "lineItem/LegalEntity"),
    "service_provider_name": derived("'AWS'", lambda fields: constant("AWS")),
    "publisher_name": column("lineItem/LegalEntity"),
    "charge_category": derived(
        "by lineItem/LineItemType",
        lambda fields: Expression(by_type(fields, lambda kind: literal(kind.charge_category))),
        "lineItem/LineItemType",
    ),
    "charge_description": column("lineItem/LineItemDescription"),
    "charge_frequency": derived(
        "by lineItem/LineItemType",
        lambda fields: Expression(by_type(fields, lambda kind: literal(kind.charge_frequency))),
    ),
    "provider_charge_type": column(LINE_ITEM_TYPE),
    "billing_currency": column("lineItem/CurrencyCode", required=True),
    "billed_cost": column(UNBLENDED, parse=money, required=True),
    "effective_cost": derived("amortised by lineItem/LineItemType", _effective_cost),
    "list_cost": _unless_negation("pricing/publicOnDemandCost"),
    "contracted_cost": derived("UnblendedCost; null on reserved usage and negations", _contracted_cost),
    "list_unit_price": _unless_negation("pricing/publicOnDemandRate"),
    "contracted_unit_price": derived(
        "lineItem/UnblendedRate of use that no reservation covers", _contracted_unit_price
    ),
    "pricing_category": derived(
        "Dynamic for spot, Committed for covered usage, Standard for other usage and purchases", _pricing_category
    ),
    "pricing_quantity": derived(
        "lineItem/UsageAmount of use and purchases", lambda fields: _quantity(_is_priced(fields), fields)
    ),
    "pricing_unit": derived(
        "pricing/unit where there is such a quantity", lambda fields: _unit(_is_priced(fields), fields)
    ),
    "consumed_quantity": derived(
        "lineItem/UsageAmount of use; null on negations, fees and capacity that is only held",
        lambda fields: _quantity(_is_consumed(fields), fields),
    ),
    "consumed_unit": derived(
        "pricing/unit where there is such a quantity", lambda fields: _unit(_is_consumed(fields), fields)
    ),
    "service_category": derived("by product/productFamily", _service_category),
    "service_name": column("product/ProductName", "product/servicename", "lineItem/ProductCode"),
    "sku_id": column("product/sku"),
    "sku_price_id": column("pricing/RateCode", "pricing/RateId"),
    "sku_meter": column(USAGE_TYPE),
    "instance_type": derived(
        "product/instanceType else the machine in lineItem/UsageType else in a spot line's description; "
        "null on lines of the Marketplace",
        _instance_type,
    ),
    "region_id": column("product/regionCode", "product/region"),
    "region_name": column("product/location"),
    "availability_zone": column("lineItem/AvailabilityZone"),
    "resource_id": column("lineItem/ResourceId"),
    "resource_name": column("resourceTags/user:Name"),
    "resource_type": derived("product/productFamily where there is a resource", _resource_type),
    "commitment_discount_id": derived(
        "savingsPlan/SavingsPlanARN else reservation/ReservationARN else a reservation in lineItem/ResourceId",
        lambda fields: Expression(f"coalesce({first_of(fields, *SAVINGS_PLAN_ARN)}, {reservation_arn(fields)})"),
    ),
    "commitment_discount_category": derived(
        "Spend for savings plans, Usage for reservations", lambda fields: _commitment("'Spend'", "'Usage'", fields)
    ),
    "commitment_discount_type": derived(
        "Savings Plan or Reserved Instance",
        lambda fields: _commitment("'Savings Plan'", "'Reserved Instance'", fields),
    ),
    "commitment_discount_status": derived(
        "Used on covered usage, Unused on recurring fees whose effective cost is not 0", _commitment_status
    ),
    "commitment_discount_quantity": derived(
        "SavingsPlanEffectiveCost of what a plan covers, lineItem/UsageAmount of what a reservation covers, "
        "reservation/UnusedQuantity of its fee",
        _commitment_quantity,
    ),
    "commitment_discount_unit": derived(
        "lineItem/CurrencyCode of plans, pricing/unit of reservations", _commitment_unit
    ),
    "capacity_reservation_id": derived(
        "capacityReservation/CapacityReservationArn else a reservation in lineItem/ResourceId", _capacity_reservation_id
    ),
    "capacity_reservation_status": derived(
        "capacityReservation/CapacityReservationStatus else Unused by lineItem/UsageType", _capacity_reservation_status
    ),
    "tags": derived("resourceTags/<key> and costCategory/<name>, empty ones left out", _tags),
}

# A charge that ends before it starts belongs to no day.
REJECT: Final = {"charge_period_end: before charge_period_start": "charge_period_end < charge_period_start"}
