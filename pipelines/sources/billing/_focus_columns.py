"""The columns of FOCUS Cost and Usage, all versions, mapped to cost lines.

Belongs here: what each contract column is made of. Not here: which files belong together, which version a file is.
"""

from __future__ import annotations

from typing import Final

from pipelines.contracts.cost_line import CHARGE_CATEGORIES
from pipelines.sources.billing._aws import machine_of_usage_type
from pipelines.sources.billing._mapping import Rule, column, derived, first_of, provider_name, spelled_as
from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, literal, money, tags_from_json, timestamp

# Columns of every version since the first preview. Some may be missing in a file that means to be FOCUS: it is claimed
# all the same, so that the error can name what is missing.
CORE: Final = frozenset(
    {
        "BilledCost",
        "EffectiveCost",
        "BillingPeriodStart",
        "BillingPeriodEnd",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ChargeCategory",
    }
)
CORE_NEEDED = 5

# Keys of a SKU's details that name the machine, the specification's first, then those that providers write.
MACHINE_KEYS: Final = ("InstanceType", "x_InstanceType", "x_ServiceType", "ServiceType")
# The unit of a provider that bills GPUs and not machines, by its letters.
GPU_HOURS: Final = ("gpuhour", "gpuhours", "hourgpu", "hoursgpu")


def _machine_in(details: str) -> str:
    """SQL of the machine named in JSON text; null where it names none. Few texts do, so the others are not parsed."""
    paths = ", ".join(literal(f"$.{key}") for key in MACHINE_KEYS)
    values = f"json_extract_string(try_cast({details} as json), [{paths}])"
    named = f"list_filter({values}, lambda name: name <> '')[1]"
    return f"case when contains({details}, 'InstanceType') or contains({details}, 'ServiceType') then {named} end"


def _instance_type(fields: Fields) -> Expression:
    """From the SKU's details, then Azure's own, then AWS's usage type."""
    found = [_machine_in(fields[name]) for name in ("SkuPriceDetails", "x_SkuDetails") if name in fields]
    if "x_UsageType" in fields:
        found.append(machine_of_usage_type(fields["x_UsageType"]))
    return Expression(f"coalesce({', '.join(found)})" if found else "null")


def _gpu_hours(fields: Fields) -> Expression:
    """The quantity, where its unit is GPU-hours."""
    if "ConsumedUnit" not in fields or "ConsumedQuantity" not in fields:
        return Expression("null")
    unit, quantity = fields["ConsumedUnit"], money(fields["ConsumedQuantity"])
    letters = f"regexp_replace(lower({unit}), '[^a-z]', '', 'g')"
    is_gpu = f"contains({unit}, 'GPU') or contains({unit}, 'gpu')"
    of_gpus = f"case when {is_gpu} then {letters} in ({', '.join(map(literal, GPU_HOURS))}) end"
    return Expression(f"case when {of_gpus} then {quantity.sql} end")


def _usd_rate(fields: Fields) -> Expression:
    """What the provider converted at, where it prices in USD and bills in another currency.

    A rate is no money and has few digits; it is divided in binary and taken by its shortest text.
    """
    pricing = first_of(fields, "PricingCurrency", "x_PricingCurrency")
    ratios = []
    if "x_BillingExchangeRate" in fields:
        ratios.append(f"1 / nullif(try_cast({fields['x_BillingExchangeRate']} as double), 0)")
    if "PricingCurrencyEffectiveCost" in fields and "EffectiveCost" in fields:
        priced, billed = fields["PricingCurrencyEffectiveCost"], fields["EffectiveCost"]
        ratios.append(f"try_cast({priced} as double) / nullif(try_cast({billed} as double), 0)")
    if not ratios or "BillingCurrency" not in fields:
        return Expression("null")
    rate = f"try_cast(cast(coalesce({', '.join(ratios)}) as varchar) as decimal(38,18))"
    return Expression(f"case when {pricing} = 'USD' and {fields['BillingCurrency']} <> 'USD' then {rate} end")


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": column("BillingAccountId", required=True),
    "billing_account_name": column("BillingAccountName"),
    "billing_account_type": column("BillingAccountType"),
    "sub_account_id": column("SubAccountId"),
    "sub_account_name": column("SubAccountName"),
    "sub_account_type": column("SubAccountType"),
    "billing_period_start": column("BillingPeriodStart", parse=timestamp, required=True),
    "billing_period_end": column("BillingPeriodEnd", parse=timestamp, required=True),
    "charge_period_start": column("ChargePeriodStart", parse=timestamp, required=True),
    "charge_period_end": column("ChargePeriodEnd", parse=timestamp, required=True),
    "invoice_id": column("InvoiceId", "x_InvoiceId"),
    "invoice_issuer_name": column("InvoiceIssuerName"),
    # AWS leaves the provider empty on some charges; whoever invoices them sells them.
    "service_provider_name": column(
        "ServiceProviderName", "ProviderName", "InvoiceIssuerName", parse=provider_name, required=True
    ),
    "host_provider_name": column("HostProviderName", parse=provider_name),
    "publisher_name": column("PublisherName"),
    "charge_category": column("ChargeCategory", parse=spelled_as(*CHARGE_CATEGORIES), required=True),
    "charge_class": column("ChargeClass", parse=spelled_as("Correction")),
    "charge_description": column("ChargeDescription"),
    "charge_frequency": column("ChargeFrequency", parse=spelled_as("One-Time", "Recurring", "Usage-Based")),
    "provider_charge_type": column("x_CostType", "x_ChargeType"),
    "billing_currency": column("BillingCurrency", required=True),
    "billed_cost": column("BilledCost", parse=money, required=True),
    "effective_cost": column("EffectiveCost", parse=money, required=True),
    # The specification forbids null here; real exports have it, and null is not zero.
    "list_cost": column("ListCost", parse=money),
    "contracted_cost": column("ContractedCost", parse=money),
    "provider_usd_rate": derived(
        "1 / x_BillingExchangeRate else PricingCurrencyEffectiveCost / EffectiveCost, where priced in USD and billed "
        "in another currency",
        _usd_rate,
    ),
    "list_unit_price": column("ListUnitPrice", parse=money),
    "contracted_unit_price": column("ContractedUnitPrice", parse=money),
    "pricing_category": column("PricingCategory", parse=spelled_as("Standard", "Dynamic", "Committed", "Other")),
    "pricing_quantity": column("PricingQuantity", parse=money),
    "pricing_unit": column("PricingUnit"),
    "consumed_quantity": column("ConsumedQuantity", parse=money),
    "consumed_unit": column("ConsumedUnit"),
    "consumed_gpu_hours": derived("ConsumedQuantity where ConsumedUnit is GPU-hours", _gpu_hours),
    "service_category": column("ServiceCategory"),
    "service_subcategory": column("ServiceSubcategory"),
    "service_name": column("ServiceName"),
    "sku_id": column("SkuId"),
    "sku_price_id": column("SkuPriceId"),
    "sku_meter": column("SkuMeter", "x_UsageType", "x_SkuMeterName"),
    "sku_price_details": column("SkuPriceDetails", "x_SkuDetails"),
    "instance_type": derived("InstanceType in SkuPriceDetails, x_SkuDetails or x_UsageType", _instance_type),
    "region_id": column("RegionId"),
    "region_name": column("RegionName"),
    "availability_zone": column("AvailabilityZone"),
    "resource_id": column("ResourceId"),
    "resource_name": column("ResourceName"),
    "resource_type": column("ResourceType"),
    "commitment_discount_id": column("CommitmentDiscountId"),
    "commitment_discount_name": column("CommitmentDiscountName"),
    "commitment_discount_category": column("CommitmentDiscountCategory", parse=spelled_as("Spend", "Usage")),
    "commitment_discount_type": column("CommitmentDiscountType"),
    "commitment_discount_status": column("CommitmentDiscountStatus", parse=spelled_as("Used", "Unused")),
    "commitment_discount_quantity": column("CommitmentDiscountQuantity", parse=money),
    "commitment_discount_unit": column("CommitmentDiscountUnit"),
    "capacity_reservation_id": column("CapacityReservationId"),
    "capacity_reservation_status": column("CapacityReservationStatus", parse=spelled_as("Used", "Unused")),
    "tags": column("Tags", parse=tags_from_json),
}

# A charge that ends before it starts belongs to no day.
REJECT: Final = {"charge_period_end: before charge_period_start": "charge_period_end < charge_period_start"}
