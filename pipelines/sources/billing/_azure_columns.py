"""The columns of Azure usage details, by the names of `_azure_dialect`, mapped to cost lines.

Belongs here: what each contract column is made of. Not here: how files are written, which of them belong together.

The rules follow Microsoft's own conversion of these exports to FOCUS, with one difference that its own sample and real
exports ask for: `Quantity` counts units of measure, not single units ("10K" × 0.0004 is 4 operations), except for the
hours of virtual machines, which are hours whatever the block ("100 Hours" × 24 is a day).
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._azure_terms import (
    CATEGORIES,
    COMMITTED,
    MACHINES,
    SERVICE_CATEGORIES,
    SERVICE_FAMILIES,
    USAGE,
    charge_type,
    is_commitment,
    is_commitment_payment,
    is_in,
    is_unused,
    is_use,
    letters,
)
from pipelines.sources.billing._azure_units import HOURS, block_size, distinct_unit
from pipelines.sources.billing._mapping import Rule, case_of, column, derived, first_of, spelled_as, when
from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, constant, literal, money, tags_from_json, timestamp


def _billed_cost(fields: Fields) -> Expression:
    cost = money(fields["Cost"])
    covered = f"{is_commitment(fields)} and not {is_commitment_payment(fields)} and {cost.sql} is not null"
    return Expression(when(covered, "0", cost.sql), cost.raw)


def _effective_cost(fields: Fields) -> Expression:
    cost = money(fields["Cost"])
    return Expression(when(f"{is_commitment_payment(fields)} and {cost.sql} is not null", "0", cost.sql), cost.raw)


def _times(amount: str, factor: str) -> str:
    """A product to 18 places, from ten places of one and eight of the other; null where it does not fit."""
    return f"try(cast(try_cast({amount} as decimal(20,10)) * try_cast({factor} as decimal(18,8)) as decimal(38,18)))"


def _in_billing_currency(name: str) -> Rule:
    """A price in billing currency. A list price of 0 beside one that is paid is no price."""

    def build(fields: Fields) -> Expression:
        price = first_of(fields, name)
        if name == "PayGPrice":
            paid = f"coalesce({money(first_of(fields, 'UnitPrice')).sql}, {money(fields['Cost']).sql}) <> 0"
            price = when(f"{money(price).sql} = 0 and {paid}", "null", price)
        if "PricingCurrency" not in fields:
            return money(price)
        differs = f"{first_of(fields, 'PricingCurrency')} <> {first_of(fields, 'BillingCurrency')}"
        return Expression(when(differs, _times(price, first_of(fields, "ExchangeRate")), money(price).sql))

    return Rule(f"{name}; × exchangeRatePricingToBilling where the pricing currency is another", build)


def _contracted_cost(fields: Fields) -> Expression:
    price = _in_billing_currency("UnitPrice").build(fields).sql
    priced = _times(price, first_of(fields, "Quantity"))
    other = when(f"not {is_commitment(fields)}", money(fields["Cost"]).sql)
    return Expression(when(is_use(fields), priced, other))


def _list_cost(fields: Fields) -> Expression:
    price = _in_billing_currency("PayGPrice").build(fields).sql
    priced = _times(price, first_of(fields, "Quantity"))
    stated = f"nullif({money(first_of(fields, 'PayGCost')).sql}, 0)"
    return Expression(when(is_use(fields), f"coalesce({stated}, {priced})"))


def _usd_rate(fields: Fields) -> Expression:
    """The month's fixed rate where prices are in USD, else what the row's own two costs say."""
    rate = money(first_of(fields, "ExchangeRate")).sql
    fixed = when(f"{first_of(fields, 'PricingCurrency')} = 'USD'", f"1 / nullif({rate}, 0)")
    costs = f"{money(first_of(fields, 'CostInUsd')).sql} / nullif({money(fields['Cost']).sql}, 0)"
    return Expression(f"cast(coalesce({fixed}, {costs}) as decimal(38,18))")


def _next_day(name: str) -> Rule:
    """The day after, as an end that is not part of the period."""

    def build(fields: Fields) -> Expression:
        day = timestamp(fields[name])
        return Expression(f"{day.sql} + interval 1 day", day.raw)

    return Rule(f"{name} + 1 day: ends are exclusive (required)", build, (name,))


def _period_start(fields: Fields) -> Expression:
    if "BillingPeriodStartDate" in fields:
        return timestamp(fields["BillingPeriodStartDate"])
    day = timestamp(fields["Date"])
    return Expression(f"cast(date_trunc('month', {day.sql}) as timestamp)", day.raw)


def _period_end(fields: Fields) -> Expression:
    if "BillingPeriodStartDate" in fields:
        return _next_day("BillingPeriodEndDate").build(fields)
    day = timestamp(fields["Date"])
    return Expression(f"cast(date_trunc('month', {day.sql}) + interval 1 month as timestamp)", day.raw)


def _by_agreement(mca: str, other: str, fields: Fields) -> str:
    """An MCA invoices each billing profile; its billing account is above them."""
    return first_of(fields, *((mca, other) if "CostInPricingCurrency" in fields else (other,)))


def _account_type(fields: Fields) -> Expression:
    if "CostInPricingCurrency" in fields:
        return constant("Billing Profile")
    return constant("Billing Account" if "BillingAccountId" in fields else "Subscription")


def _braced(sql: str) -> str:
    """JSON text of an object, which exports of an EA write without its braces; a bare `""` stands for none."""
    sql = f"nullif({sql}, '\"\"')"
    return when(f"starts_with({sql}, '{{')", sql, f"'{{' || {sql} || '}}'")


def _detail(fields: Fields, key: str) -> str:
    info = f"try_cast({_braced(first_of(fields, 'AdditionalInfo'))} as json)"
    return f"nullif(json_extract_string({info}, '$.{key}'), '')"


def _sku_details(fields: Fields) -> Expression:
    info = _braced(first_of(fields, "AdditionalInfo"))
    return Expression(when(f"json_type(try_cast({info} as json)) = 'OBJECT' and {info} <> '{{}}'", info))


def _is_machine(fields: Fields) -> str:
    return f"coalesce({first_of(fields, 'MeterCategory')} = {literal(MACHINES)}, false)"


def _instance_type(fields: Fields) -> Expression:
    """Of the machine alone: licences and disks of a machine name its size too, and would count its hours again."""
    meter = f"regexp_replace({first_of(fields, 'MeterName')}, ' (Spot|Low Priority)$', '')"
    return Expression(when(_is_machine(fields), f"coalesce({_detail(fields, 'ServiceType')}, {meter})"))


def _pricing_category(fields: Fields) -> Expression:
    names = {"ondemand": "'Standard'", "spot": "'Dynamic'", **dict.fromkeys(COMMITTED, "'Committed'")}
    model = case_of(letters(first_of(fields, "PricingModel")), names)
    spot = f"regexp_matches({first_of(fields, 'MeterName')}, ' (Spot|Low Priority)$')"
    plain = when(is_in(charge_type(fields), (USAGE, "purchase")), "'Standard'")
    return Expression(
        when(is_commitment(fields), "'Committed'", when(spot, "'Dynamic'", f"coalesce({model}, {plain})"))
    )


def _is_held(fields: Fields) -> str:
    """Capacity that is reserved and runs nothing is billed on the reservation itself."""
    return f"contains(lower(coalesce({first_of(fields, 'ResourceId')}, '')), '/capacityreservationgroups/')"


def _capacity_reservation_status(fields: Fields) -> Expression:
    used = when(f"{_detail(fields, 'VMCapacityReservationId')} is not null", "'Used'")
    return Expression(when(_is_held(fields), "'Unused'", used))


def _is_consumed(fields: Fields) -> str:
    return f"({is_use(fields)} and not {_is_held(fields)} and {first_of(fields, 'UnitOfMeasure')} is not null)"


def _consumed_quantity(fields: Fields) -> Expression:
    measure = first_of(fields, "UnitOfMeasure")
    in_hours = f"{_is_machine(fields)} and {distinct_unit(measure)} = {literal(HOURS)}"
    block = when(in_hours, "1", block_size(measure))
    quantity = f"try({money(first_of(fields, 'Quantity')).sql} * cast({block} as decimal(12,0)))"
    return Expression(when(_is_consumed(fields), quantity))


def _consumed_unit(fields: Fields) -> Expression:
    return Expression(when(_is_consumed(fields), distinct_unit(first_of(fields, "UnitOfMeasure"))))


def _pricing_quantity(fields: Fields) -> Expression:
    return money(when(f"{first_of(fields, 'UnitOfMeasure')} is not null", first_of(fields, "Quantity")))


def _commitment_id(fields: Fields) -> str:
    named = f"lower({first_of(fields, 'BenefitId', 'ReservationId')})"
    return when(is_commitment(fields), named)


def _commitment_kind(plan: str, reservation: str, fields: Fields) -> Expression:
    model = letters(first_of(fields, "PricingModel"))
    is_plan = (
        f"coalesce({model} = 'savingsplan', false) or {charge_type(fields)} = 'unusedsavingsplan' "
        f"or contains({_commitment_id(fields)}, '/microsoft.billingbenefits/')"
    )
    return Expression(when(is_commitment(fields), when(is_plan, literal(plan), literal(reservation))))


def _commitment_status(fields: Fields) -> Expression:
    used = when(f"{is_commitment(fields)} and {is_use(fields)}", "'Used'")
    return Expression(when(is_unused(fields), "'Unused'", used))


def _resource_type(fields: Fields) -> Expression:
    resource = f"lower({first_of(fields, 'ResourceId')})"
    return Expression(f"nullif(regexp_extract({resource}, '.*/providers/([^/]+/[^/]+)', 1), '')")


def _resource_name(fields: Fields) -> Expression:
    last = f"nullif(regexp_extract({first_of(fields, 'ResourceId')}, '([^/]+)/?$', 1), '')"
    return Expression(f"coalesce({first_of(fields, 'ResourceName')}, {last})")


def _service_category(fields: Fields) -> Expression:
    by_meter = {name: literal(category) for name, category in SERVICE_CATEGORIES.items()}
    by_family = {name: literal(category) for name, category in SERVICE_FAMILIES.items()}
    family = case_of(first_of(fields, "ServiceFamily"), by_family)
    return Expression(case_of(first_of(fields, "MeterCategory"), by_meter, family))


def _assigned(sql: str) -> str:
    return when(f"{sql} <> 'Unassigned'", sql)


def _charge_category(fields: Fields) -> Expression:
    categories = {name: literal(category) for name, category in CATEGORIES.items()}
    return Expression(case_of(charge_type(fields), categories, "'Adjustment'"))


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": derived(
        "BillingProfileId of an MCA, else BillingAccountId, else SubscriptionId",
        lambda fields: Expression(
            f"coalesce({_by_agreement('BillingProfileId', 'BillingAccountId', fields)}, "
            f"lower({fields['SubscriptionId']}))"
        ),
        "SubscriptionId",
    ),
    "billing_account_name": derived(
        "BillingProfileName of an MCA, else BillingAccountName",
        lambda fields: Expression(_by_agreement("BillingProfileName", "BillingAccountName", fields)),
    ),
    "billing_account_type": derived("Billing Profile, Billing Account or Subscription", _account_type),
    "sub_account_id": derived(
        "SubscriptionId in lower case", lambda fields: Expression(f"lower({first_of(fields, 'SubscriptionId')})")
    ),
    "sub_account_name": column("SubscriptionName"),
    "sub_account_type": derived("always Subscription", lambda fields: constant("Subscription")),
    "billing_period_start": derived(
        "BillingPeriodStartDate, else the first of the month of Date", _period_start, "Date"
    ),
    "billing_period_end": derived("BillingPeriodEndDate + 1 day, else the end of the month of Date", _period_end),
    "charge_period_start": column("Date", parse=timestamp, required=True),
    "charge_period_end": _next_day("Date"),
    "invoice_id": column("InvoiceId"),
    "invoice_issuer_name": derived(
        "PartnerName, else Microsoft",
        lambda fields: Expression(f"coalesce({first_of(fields, 'PartnerName')}, 'Microsoft')"),
    ),
    "service_provider_name": derived("always Microsoft", lambda fields: constant("Microsoft")),
    "publisher_name": derived(
        "PublisherName, else Microsoft where PublisherType is Azure or Microsoft",
        lambda fields: Expression(
            f"coalesce({first_of(fields, 'PublisherName')}, "
            f"{when(f'''{first_of(fields, 'PublisherType')} in ('Azure', 'Microsoft')''', literal('Microsoft'))})"
        ),
    ),
    "charge_category": derived(
        "ChargeType by CATEGORIES, else Adjustment; usage where it has no column", _charge_category
    ),
    "charge_class": derived(
        "Correction where ChargeType is Refund",
        lambda fields: Expression(when(f"{charge_type(fields)} = 'refund'", "'Correction'")),
    ),
    "charge_description": column("Product"),
    "charge_frequency": column("Frequency", parse=spelled_as("One-Time", "Recurring", "Usage-Based")),
    "provider_charge_type": column("ChargeType"),
    "billing_currency": column("BillingCurrency", required=True),
    "billed_cost": derived("Cost; 0 on use and idle time of a commitment (required)", _billed_cost, "Cost"),
    "effective_cost": derived("Cost; 0 on purchases and refunds of a commitment (required)", _effective_cost, "Cost"),
    "list_cost": derived("paygCostInBillingCurrency, else PayGPrice × Quantity; on use only", _list_cost),
    "contracted_cost": derived(
        "UnitPrice × Quantity on use, else Cost; null on purchases of a commitment", _contracted_cost
    ),
    "provider_usd_rate": derived(
        "1 / exchangeRatePricingToBilling where prices are in USD, else costInUsd / Cost", _usd_rate
    ),
    "list_unit_price": _in_billing_currency("PayGPrice"),
    "contracted_unit_price": _in_billing_currency("UnitPrice"),
    "pricing_category": derived(
        "PricingModel; Dynamic where MeterName ends in Spot or Low Priority", _pricing_category
    ),
    "pricing_quantity": derived("Quantity, where there is a UnitOfMeasure", _pricing_quantity),
    "pricing_unit": column("UnitOfMeasure"),
    "consumed_quantity": derived(
        "Quantity × the block in UnitOfMeasure, hours of machines as they are; on use only", _consumed_quantity
    ),
    "consumed_unit": derived("the unit in UnitOfMeasure, on use only", _consumed_unit),
    "service_category": derived("MeterCategory, else ServiceFamily, by table", _service_category),
    "service_name": column("MeterCategory"),
    "sku_id": column("ProductId", "MeterId"),
    "sku_price_id": column("PartNumber"),
    "sku_meter": column("MeterName"),
    "sku_price_details": derived("AdditionalInfo, with braces", _sku_details),
    "instance_type": derived(
        "ServiceType in AdditionalInfo, else MeterName without Spot or Low Priority; on Virtual Machines only",
        _instance_type,
    ),
    "region_id": derived(
        "ResourceLocation in lower case without spaces",
        lambda fields: Expression(f"replace(lower({_assigned(first_of(fields, 'ResourceLocation'))}), ' ', '')"),
    ),
    "region_name": derived("MeterRegion", lambda fields: Expression(_assigned(first_of(fields, "MeterRegion")))),
    "availability_zone": column("AvailabilityZone"),
    "resource_id": derived(
        "ResourceId in lower case: Azure writes one resource in several",
        lambda fields: Expression(f"lower({first_of(fields, 'ResourceId')})"),
    ),
    "resource_name": derived("ResourceName, else the end of ResourceId", _resource_name),
    "resource_type": derived("provider and type in ResourceId", _resource_type),
    "commitment_discount_id": derived(
        "benefitId, else ReservationId, in lower case", lambda fields: Expression(_commitment_id(fields))
    ),
    "commitment_discount_name": derived(
        "benefitName, else ReservationName",
        lambda fields: Expression(when(is_commitment(fields), first_of(fields, "BenefitName", "ReservationName"))),
    ),
    "commitment_discount_category": derived(
        "Spend for savings plans, Usage for reservations", lambda fields: _commitment_kind("Spend", "Usage", fields)
    ),
    "commitment_discount_type": derived(
        "Savings Plan or Reservation", lambda fields: _commitment_kind("Savings Plan", "Reservation", fields)
    ),
    "commitment_discount_status": derived(
        "Used on usage, Unused on UnusedReservation and UnusedSavingsPlan", _commitment_status
    ),
    "capacity_reservation_id": derived(
        "VMCapacityReservationId in AdditionalInfo",
        lambda fields: Expression(_detail(fields, "VMCapacityReservationId")),
    ),
    "capacity_reservation_status": derived(
        "Unused on the reservation itself, Used where VMCapacityReservationId is given", _capacity_reservation_status
    ),
    "tags": derived("Tags, with braces", lambda fields: tags_from_json(_braced(first_of(fields, "Tags")))),
}

REJECT: Final = {
    "charge_period_start: outside the billing period, as of a date whose day and month are exchanged": (
        "charge_period_start < billing_period_start or charge_period_start >= billing_period_end"
    ),
}
