"""FOCUS Cost and Usage, versions 1.0 to 1.3, as CSV, CSV in gzip or Parquet.

Recognised by its columns, whatever the file is called. The columns also tell the version, which the description names;
all versions are mapped up to FOCUS 1.4, the contract's.

A FOCUS file holds whole billing periods of an account: a later file of the same account and period replaces it. It
carries no time of export, so the one whose usage reaches further is the later one, and among equals the one that came
later. A provider that exports slices instead of whole periods cannot be loaded like that and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.contracts.cost_line import CHARGE_CATEGORIES
from pipelines.errors import InputError
from pipelines.sources.billing._aws import machine_of_usage_type
from pipelines.sources.billing._mapping import Rule, column, derived, first_of, select, spelled_as
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, money, quote, tags_from_json, timestamp

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "FOCUS Cost and Usage 1.0 to 1.3, CSV (plain or gzip) or Parquet"
MODE = "replace"
SCOPE = "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'))"

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

# The first version of which the file has a column. Columns that providers added on their own before they were in the
# specification (BillingAccountType) tell nothing.
VERSIONS: Final = {
    "1.3": {"ServiceProviderName", "HostProviderName", "AllocatedMethodId", "ContractApplied"},
    "1.2": {"InvoiceId", "PricingCurrency", "PricingCurrencyEffectiveCost"},
    "1.1": {"SkuMeter", "SkuPriceDetails", "ServiceSubcategory", "CommitmentDiscountQuantity", "CapacityReservationId"},
    "1.0-preview": {"ChargeSubcategory"},
}

# Oracle's FOCUS reports are slices of some hours, not whole periods; its own columns tell them.
SLICE_PREFIX = "oci_"

LATER = "strftime(max(charge_period_start) filter (where charge_category = 'Usage'), '%Y-%m-%dT%H:%M:%SZ')"


def _instance_type(fields: Fields) -> Expression:
    """From the SKU's details, then Azure's own, then AWS's usage type."""
    details = f"try_cast({first_of(fields, 'SkuPriceDetails')} as json)"
    azure = f"try_cast({first_of(fields, 'x_SkuDetails')} as json)"
    candidates = (
        *(f"json_extract_string({details}, '$.{key}')" for key in ("InstanceType", "x_InstanceType", "x_ServiceType")),
        *(f"json_extract_string({azure}, '$.{key}')" for key in ("InstanceType", "ServiceType")),
        machine_of_usage_type(first_of(fields, "x_UsageType")),
    )
    return Expression("coalesce(" + ", ".join(f"nullif({value}, '')" for value in candidates) + ")")


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": column("BillingAccountId", required=True),
    "billing_account_name": column("BillingAccountName"),
    "sub_account_id": column("SubAccountId"),
    "sub_account_name": column("SubAccountName"),
    "billing_period_start": column("BillingPeriodStart", parse=timestamp, required=True),
    "billing_period_end": column("BillingPeriodEnd", parse=timestamp, required=True),
    "charge_period_start": column("ChargePeriodStart", parse=timestamp, required=True),
    "charge_period_end": column("ChargePeriodEnd", parse=timestamp, required=True),
    "invoice_id": column("InvoiceId", "x_InvoiceId"),
    "invoice_issuer_name": column("InvoiceIssuerName"),
    # AWS leaves the provider empty on some charges; whoever invoices them sells them.
    "service_provider_name": column("ServiceProviderName", "ProviderName", "InvoiceIssuerName", required=True),
    "publisher_name": column("PublisherName"),
    "charge_category": column("ChargeCategory", parse=spelled_as(*CHARGE_CATEGORIES), required=True),
    "charge_class": column("ChargeClass", parse=spelled_as("Correction")),
    "charge_description": column("ChargeDescription"),
    "charge_frequency": column("ChargeFrequency", parse=spelled_as("One-Time", "Recurring", "Usage-Based")),
    "billing_currency": column("BillingCurrency", required=True),
    "billed_cost": column("BilledCost", parse=money, required=True),
    "effective_cost": column("EffectiveCost", parse=money, required=True),
    # The specification forbids null here; real exports have it, and null is not zero.
    "list_cost": column("ListCost", parse=money),
    "contracted_cost": column("ContractedCost", parse=money),
    "list_unit_price": column("ListUnitPrice", parse=money),
    "pricing_category": column("PricingCategory", parse=spelled_as("Standard", "Dynamic", "Committed", "Other")),
    "pricing_quantity": column("PricingQuantity", parse=money),
    "pricing_unit": column("PricingUnit"),
    "consumed_quantity": column("ConsumedQuantity", parse=money),
    "consumed_unit": column("ConsumedUnit"),
    "service_category": column("ServiceCategory"),
    "service_name": column("ServiceName"),
    "sku_id": column("SkuId"),
    "sku_price_id": column("SkuPriceId"),
    "sku_meter": column("SkuMeter", "x_UsageType", "x_SkuMeterName"),
    "instance_type": derived("InstanceType in SkuPriceDetails, x_SkuDetails or x_UsageType", _instance_type),
    "region_id": column("RegionId"),
    "availability_zone": column("AvailabilityZone"),
    "resource_id": column("ResourceId"),
    "resource_name": column("ResourceName"),
    "resource_type": column("ResourceType"),
    "commitment_discount_id": column("CommitmentDiscountId"),
    "commitment_discount_category": column("CommitmentDiscountCategory", parse=spelled_as("Spend", "Usage")),
    "commitment_discount_type": column("CommitmentDiscountType"),
    "commitment_discount_status": column("CommitmentDiscountStatus", parse=spelled_as("Used", "Unused")),
    "capacity_reservation_id": column("CapacityReservationId"),
    "capacity_reservation_status": column("CapacityReservationStatus", parse=spelled_as("Used", "Unused")),
    "tags": column("Tags", parse=tags_from_json),
}

# A charge that ends before it starts belongs to no day.
REJECT: Final = {"charge_period_end: before charge_period_start": "charge_period_end < charge_period_start"}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each FOCUS file, or the numbered parts of one export together.

    Raises:
        IncompleteDeliveryError: numbers between such parts are missing.
    """
    found: list[Claim] = []
    for group in grouped(file for file in files if len(CORE & set(file.columns)) >= CORE_NEEDED):
        parts = f" and {len(group) - 1} more parts" if len(group) > 1 else ""
        found.append(Claim(group, f"FOCUS {version_of(group[0].columns)}, {group[0].name}{parts}"))
    return found


def version_of(columns: Sequence[str]) -> str:
    """The FOCUS version that the columns belong to."""
    return next((version for version, marks in VERSIONS.items() if marks & set(columns)), "1.0")


def read(delivery: Delivery) -> Reading:
    """Every file as a scan for the warehouse.

    Raises:
        InputError: required columns are missing, or it is a version or a provider's variant that cannot be read.
    """
    return Reading(parts=tuple(_scan(file) for file in delivery.files), version_sql=LATER)


def _scan(file: LandedFile) -> Scan:
    look = candidate(file)
    version = version_of(look.columns)
    _check_variant(file, look.columns, version)
    layout = None if look.is_parquet else csv_layout(file)
    fields = Fields(file, layout.header, positional=True) if layout else _ParquetFields(file)
    return Scan(file, layout, select(MAPPING, fields, file, what=f"FOCUS {version}"), REJECT)


def _check_variant(file: LandedFile, columns: Sequence[str], version: str) -> None:
    if "preview" in version:
        raise InputError(
            f"FOCUS {version} is not read: it lacks what tells used from unused commitments",
            file=file.name,
            line=1,
            next_step="export FOCUS 1.0 or later",
        )
    own = next((name for name in columns if name.startswith(SLICE_PREFIX)), None)
    if own:
        raise InputError(
            f"column {own!r} tells an Oracle FOCUS report, which holds some hours of a month and not the whole period",
            file=file.name,
            line=1,
            next_step="join the reports of a whole month, without Oracle's own columns, and add that file",
        )


class _ParquetFields(Fields):
    """Columns of a Parquet file. Maps and structs appear as JSON text, as they do in CSV."""

    def __init__(self, file: LandedFile) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pq.read_schema(file.path)
        super().__init__(file, schema.names, positional=False)
        for field in schema:
            if pa.types.is_nested(field.type):
                self._identifiers[field.name] = f"to_json({quote(field.name)})"
