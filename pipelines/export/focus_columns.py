"""FOCUS Cost and Usage columns: the versions that have them, and what each is made of for leased and owned rows.

Leased rows come from `raw.cost_line`, owned rows from the daily components of owned assets. FOCUS forbids null in some
columns that exports leave empty; what stands there then is said in a column of our own (`x_…Basis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MONEY: Final = "decimal(38,18)"
VERSIONS: Final = ("1.2", "1.3", "1.4")
OWN_FLEET: Final = "'Own fleet'"
DAY_AFTER: Final = "cast(usage_date + 1 as timestamp)"
MONTH: Final = "cast(date_trunc('month', usage_date) as timestamp)"


@dataclass(frozen=True, slots=True)
class FocusColumn:
    """A column.

    Attributes:
        type: DuckDB type in the file.
        leased: SQL over `raw.cost_line`.
        owned: SQL over owned components by day, with their asset.
        since, until: first version that has it, first that has it no more.
    """

    type: str
    leased: str
    owned: str = "null"
    since: str = "1.2"
    until: str = "9"


def _both(quantity: str, unit: str) -> str:
    """A quantity or a unit only where the other is there too: FOCUS allows neither alone."""
    return f"{quantity} is not null and {unit} is not null"


CONSUMED: Final = _both("consumed_quantity", "consumed_unit") + (
    " and charge_category = 'Usage' and commitment_discount_status is distinct from 'Unused'"
)
PRICED: Final = _both("pricing_quantity", "pricing_unit")
COMMITTED: Final = _both("commitment_discount_quantity", "commitment_discount_unit")
UNIT_PRICE: Final = "coalesce(contracted_unit_price, list_unit_price)"
CONTRACTED: Final = "coalesce(contracted_cost, list_cost, effective_cost)"
LISTED: Final = "coalesce(list_cost, contracted_cost, effective_cost)"
# FOCUS gives a service one category; exports put a service's fees and storage under others or none.
CATEGORY: Final = "coalesce(main_category, 'Other')"
SUBCATEGORY: Final = f"coalesce(main_subcategory, 'Other (' || {CATEGORY} || ')')"
# An issuer that is the seller under its company's name is no third party. Words that begin the names they invoice by.
SELLERS: Final = {"AWS": "Amazon", "Microsoft": "Microsoft", "Google Cloud": "Google", "Oracle": "Oracle"}
# Units as FOCUS writes them: plural, no abbreviations of time.
UNITS: Final = {
    "hr": "Hours",
    "hrs": "Hours",
    "hour": "Hours",
    "h": "Hours",
    "gb-mo": "GB-Months",
    "gb-month": "GB-Months",
    "gb-hr": "GB-Hours",
    "gib-mo": "GiB-Months",
    "request": "Requests",
    "second": "Seconds",
    "seconds": "Seconds",
    "month": "Months",
    "quantity": "Units",
}
TAGS: Final = "cast(to_json(tags) as varchar)"


def _unit(sql: str) -> str:
    """A unit in FOCUS's spelling, where it is one of those that exports write otherwise."""
    cases = " ".join(f"when '{spelling}' then '{unit}'" for spelling, unit in UNITS.items())
    return f"case lower({sql}) {cases} else {sql} end"


def _issuer() -> str:
    """Who invoices, under the seller's name where it is the seller's own company."""
    own = " ".join(
        f"when service_provider_name = '{seller}' and starts_with(invoice_issuer_name, '{word}') then '{seller}'"
        for seller, word in SELLERS.items()
    )
    return f"case {own} else coalesce(invoice_issuer_name, service_provider_name) end"


def _when(condition: str, value: str) -> str:
    return f"case when {condition} then {value} end"


COLUMNS: Final[dict[str, FocusColumn]] = {
    "AllocatedMethodDetails": FocusColumn("varchar", "null", since="1.3"),
    "AllocatedMethodId": FocusColumn("varchar", "null", since="1.3"),
    "AllocatedResourceId": FocusColumn("varchar", "null", since="1.3"),
    "AllocatedResourceName": FocusColumn("varchar", "null", since="1.3"),
    "AllocatedTags": FocusColumn("varchar", "null", since="1.3"),
    "AvailabilityZone": FocusColumn("varchar", "availability_zone"),
    "BilledCost": FocusColumn(MONEY, "billed_cost", "0"),
    "BillingAccountId": FocusColumn("varchar", "billing_account_id", OWN_FLEET),
    "BillingAccountName": FocusColumn("varchar", "coalesce(billing_account_name, billing_account_id)", OWN_FLEET),
    "BillingAccountType": FocusColumn("varchar", "coalesce(billing_account_type, 'Billing Account')", "'Fleet'"),
    "BillingCurrency": FocusColumn("varchar", "billing_currency", "'USD'"),
    "BillingPeriodEnd": FocusColumn("timestamp", "billing_period_end", f"{MONTH} + interval 1 month"),
    "BillingPeriodStart": FocusColumn("timestamp", "billing_period_start", MONTH),
    "CapacityReservationId": FocusColumn("varchar", "capacity_reservation_id"),
    "CapacityReservationStatus": FocusColumn(
        "varchar", _when("capacity_reservation_id is not null", "capacity_reservation_status")
    ),
    "ChargeCategory": FocusColumn("varchar", "charge_category", "'Usage'"),
    "ChargeClass": FocusColumn("varchar", "charge_class"),
    "ChargeDescription": FocusColumn(
        "varchar",
        "coalesce(charge_description, sku_meter, service_name, charge_category)",
        "component || coalesce(' of ' || asset_id, ' at ' || site_id)",
    ),
    "ChargeFrequency": FocusColumn(
        "varchar",
        "coalesce(charge_frequency, case when charge_category = 'Usage' then 'Usage-Based' else 'One-Time' end)",
        "'Usage-Based'",
    ),
    "ChargePeriodEnd": FocusColumn("timestamp", "charge_period_end", DAY_AFTER),
    "ChargePeriodStart": FocusColumn("timestamp", "charge_period_start", "cast(usage_date as timestamp)"),
    "CommitmentDiscountCategory": FocusColumn("varchar", "commitment_discount_category"),
    "CommitmentDiscountId": FocusColumn("varchar", "commitment_discount_id"),
    "CommitmentDiscountName": FocusColumn("varchar", "commitment_discount_name"),
    "CommitmentDiscountQuantity": FocusColumn(MONEY, _when(COMMITTED, "commitment_discount_quantity")),
    "CommitmentDiscountStatus": FocusColumn("varchar", "commitment_discount_status"),
    "CommitmentDiscountType": FocusColumn("varchar", "commitment_discount_type"),
    "CommitmentDiscountUnit": FocusColumn("varchar", _when(COMMITTED, _unit("commitment_discount_unit"))),
    "CommitmentProgramEligibilityDetails": FocusColumn("varchar", "null", since="1.4"),
    "ConsumedQuantity": FocusColumn(MONEY, _when(CONSUMED, "consumed_quantity"), "1"),
    "ConsumedUnit": FocusColumn("varchar", _when(CONSUMED, _unit("consumed_unit")), "'Days'"),
    "ContractApplied": FocusColumn("varchar", "null", since="1.3"),
    "ContractedCost": FocusColumn(MONEY, CONTRACTED, "cost_usd"),
    "ContractedUnitPrice": FocusColumn(MONEY, _when(PRICED, UNIT_PRICE), "cost_usd"),
    "EffectiveCost": FocusColumn(MONEY, "effective_cost", "cost_usd"),
    "HostProviderName": FocusColumn(
        "varchar", "coalesce(host_provider_name, service_provider_name)", "site_id", since="1.3"
    ),
    "InvoiceDetailId": FocusColumn("varchar", "null", since="1.4"),
    # What an owned fleet costs in a month is stated by this file itself.
    "InvoiceId": FocusColumn("varchar", "invoice_id", "'own-fleet-' || strftime(usage_date, '%Y-%m')"),
    "InvoiceIssuerName": FocusColumn("varchar", _issuer(), OWN_FLEET),
    "ListCost": FocusColumn(MONEY, LISTED, "cost_usd"),
    "ListUnitPrice": FocusColumn(MONEY, _when(PRICED, "list_unit_price"), "cost_usd"),
    "PricingCategory": FocusColumn("varchar", "pricing_category", "'Standard'"),
    "PricingCurrency": FocusColumn("varchar", "billing_currency", "'USD'"),
    "PricingCurrencyContractedUnitPrice": FocusColumn(MONEY, _when(PRICED, UNIT_PRICE), "cost_usd"),
    "PricingCurrencyEffectiveCost": FocusColumn(MONEY, "effective_cost", "cost_usd"),
    "PricingCurrencyListUnitPrice": FocusColumn(MONEY, _when(PRICED, "list_unit_price"), "cost_usd"),
    "PricingQuantity": FocusColumn(MONEY, _when(PRICED, "pricing_quantity"), "1"),
    "PricingUnit": FocusColumn("varchar", _when(PRICED, _unit("pricing_unit")), "'Days'"),
    "ProviderName": FocusColumn("varchar", "service_provider_name", OWN_FLEET, until="1.4"),
    "PublisherName": FocusColumn("varchar", "coalesce(publisher_name, service_provider_name)", OWN_FLEET, until="1.4"),
    "RegionId": FocusColumn("varchar", "region_id", "site_id"),
    # FOCUS wants names in ASCII.
    "RegionName": FocusColumn("varchar", "strip_accents(coalesce(region_name, region_id))", "strip_accents(site_id)"),
    "ResourceId": FocusColumn("varchar", "resource_id", "asset_id"),
    "ResourceName": FocusColumn("varchar", "coalesce(resource_name, resource_id)", "asset_id"),
    "ResourceType": FocusColumn(
        "varchar", _when("resource_id is not null", "coalesce(resource_type, service_name)"), "asset_class"
    ),
    "ServiceCategory": FocusColumn("varchar", CATEGORY, "'Compute'"),
    "ServiceName": FocusColumn("varchar", "coalesce(service_name, sku_meter, service_provider_name)", "component"),
    "ServiceProviderName": FocusColumn("varchar", "service_provider_name", OWN_FLEET, since="1.3"),
    "ServiceSubcategory": FocusColumn("varchar", SUBCATEGORY, "'Other (Compute)'"),
    "SkuId": FocusColumn("varchar", "coalesce(sku_id, sku_meter)", "component"),
    "SkuMeter": FocusColumn("varchar", "coalesce(sku_meter, sku_id)", "component"),
    "SkuPriceDetails": FocusColumn("varchar", "sku_price_details"),
    "SkuPriceId": FocusColumn("varchar", _when(f"{PRICED} and {UNIT_PRICE} is not null", "sku_price_id"), "component"),
    "SubAccountId": FocusColumn("varchar", "sub_account_id", "site_id"),
    "SubAccountName": FocusColumn("varchar", "coalesce(sub_account_name, sub_account_id)", "site_id"),
    "SubAccountType": FocusColumn(
        "varchar", _when("sub_account_id is not null", "coalesce(sub_account_type, 'Sub Account')"), "'Site'"
    ),
    "Tags": FocusColumn("varchar", TAGS, "'{}'"),
    "x_Sourcing": FocusColumn("varchar", "'leased'", "'owned'"),
    "x_ContractedCostBasis": FocusColumn(
        "varchar",
        "case when contracted_cost is not null then 'contracted' when list_cost is not null then 'list' "
        "else 'effective' end",
        "'effective'",
    ),
    "x_ListCostBasis": FocusColumn(
        "varchar",
        "case when list_cost is not null then 'list' when contracted_cost is not null then 'contracted' "
        "else 'effective' end",
        "'effective'",
    ),
    "x_GpuModel": FocusColumn("varchar", "gpu_model", "gpu_model"),
    "x_DeliveryId": FocusColumn("varchar", "delivery_id"),
    "x_SourcePart": FocusColumn("varchar", "source_part"),
    "x_SourceRow": FocusColumn("bigint", "source_row"),
}


def of_version(version: str) -> dict[str, FocusColumn]:
    """The columns a version has, in alphabetical order, our own last."""
    return {name: column for name, column in COLUMNS.items() if column.since <= version < column.until}
