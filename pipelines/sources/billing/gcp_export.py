"""Google Cloud's billing export, standard or detailed, as rows of BigQuery written to files.

Layouts: JSON lines and Parquet with nested fields, CSV with flat ones (`sku.id` or `sku_id`), plain or packed.

Costs. `cost` is at the contract's price and before credits, which are negative and stand in an array beside it: they
are summed inside the row, never joined, so that no cost counts twice.

    list_cost        cost_at_list, else cost
    contracted_cost  cost at the contract's price without commitments, plus the credits that lower prices
    billed_cost      cost plus all credits
    effective_cost   the billed cost

A commitment in Google Cloud has no upfront payment. Its fee is billed hour by hour on lines of their own, and the usage
it covers gets credits (or a lower price, and the fee a credit: the newer model). Fee and covered usage together cost
what was paid, in every month; so nothing is moved between them, and effective cost is billed cost. What that leaves
unsaid: the cost of covered usage stands on the fee's line, a Purchase, and not on the machine's.

What each type of credit came to is kept in `sku_price_details` as `x_Credit_<type>`.

Periods. `invoice.month` is the billing period, usage times are the charge period; late usage is billed in the next
month and keeps both. The invoice's month is Pacific time, which the export does not tell: it is taken as UTC's.

Versions. The export only grows, for days after the usage, and nothing in a row names it: rows that are alike are as
many charges. With a column `partition_date` (or `partition_time`: BigQuery's pseudo-column by another name) a delivery
replaces ingestion partitions, which do not change once they are a day old. Without one it replaces days of usage within
an invoice's month, and must then hold them whole: export by time of usage, not by time of export. Of two copies the one
with the later `export_time` is the later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.sources.billing import _gcp as gcp
from pipelines.sources.billing._gcp_fields import ExportFields, canonical, field_names
from pipelines.sources.billing._mapping import Rule, case_of, column, derived, first_of, select, when
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, constant, literal, money, timestamp

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "Google Cloud billing export, standard or detailed, JSON lines, CSV or Parquet"
MODE = "replace"
SCOPE = (
    "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'), "
    "case when starts_with(delivery_partition, '/') or delivery_partition is null "
    "then 'usage of ' || strftime(charge_period_start, '%Y-%m-%d') "
    "else 'partition ' || split_part(delivery_partition, '/', 1) end)"
)
LATER: Final = "max(split_part(delivery_partition, '/', 2))"

# Some may be missing in a file that means to be an export: it is claimed all the same, so that the error names them.
CORE: Final = frozenset(
    {
        "billing_account_id",
        "sku_id",
        "usage_start_time",
        "usage_end_time",
        "cost",
        "currency",
        "credits",
        "invoice_month",
        "export_time",
    }
)
CORE_NEEDED = 7
PROVIDER = "Google Cloud"

# FOCUS categories of the services that GPU users see most; the rest is Other.
SERVICE_CATEGORIES: Final = {
    "BigQuery": "Analytics",
    "Cloud Filestore": "Storage",
    "Cloud Logging": "Management and Governance",
    "Cloud Monitoring": "Management and Governance",
    "Cloud Run": "Compute",
    "Cloud SQL": "Databases",
    "Cloud Storage": "Storage",
    "Compute Engine": "Compute",
    "Kubernetes Engine": "Compute",
    "Networking": "Networking",
    "Vertex AI": "AI and Machine Learning",
}

PARTITION_COLUMNS: Final = ("partition_date", "partition_time", "_partitiondate", "_partitiontime")


def _cost_and(fields: Fields, *types: str, names: tuple[str, ...] = ("cost",)) -> Expression:
    """A cost column plus credits; what cannot be read of either is told with both."""
    cost = first_of(fields, *names)
    credit = fields.get("credits")
    return Expression(
        f"{money(cost).sql} + ({gcp.credit_total(fields, *types)})", raw=f"nullif(concat_ws(' ', {cost}, {credit}), '')"
    )


def _contracted(fields: Fields) -> Expression:
    return _cost_and(fields, *gcp.PRICE_CREDITS, names=("cost_at_effective_price_default", "cost"))


def _month(fields: Fields, months: int = 0) -> Expression:
    text = fields.get("invoice_month")
    first = f"try_strptime({text} || '01', '%Y%m%d')"
    return Expression(f"{first} + interval {months} month", raw=text)


def _is_earlier(fields: Fields) -> str:
    return f"{timestamp(fields.get('usage_start_time')).sql} < ({_month(fields).sql})"


def _correction(fields: Fields) -> Expression:
    kind, adjusted = fields.get("cost_type"), first_of(fields, "adjustment_info_id", "adjustment_info_type")
    is_adjusted = f"(coalesce({kind}, '') = 'adjustment' or {adjusted} is not null)"
    return Expression(when(f"{is_adjusted} and {_is_earlier(fields)}", "'Correction'"))


def _by_kind(fields: Fields, usage: str, fee: str, **others: str) -> str:
    """SQL by the provider's kind of line; a kind that Google adds one day costs what it says, as an Adjustment."""
    regular = when(gcp.is_fee(fields), literal(fee), literal(usage))
    results = {"regular": regular} | {kind: literal(value) for kind, value in others.items() if kind != "otherwise"}
    return case_of(f"coalesce({fields.get('cost_type')}, 'regular')", results, literal(others["otherwise"]))


def _category(fields: Fields) -> str:
    return _by_kind(fields, "Usage", "Purchase", tax="Tax", otherwise="Adjustment")


def _frequency(fields: Fields) -> Expression:
    return Expression(_by_kind(fields, "Usage-Based", "Recurring", otherwise="One-Time"))


def _is_unused(fields: Fields) -> str:
    return f"coalesce({gcp.label(fields, gcp.UNUSED_RESERVATION)}, '') = 'true'"


def _is_consumed(fields: Fields) -> str:
    return f"({_category(fields)} = 'Usage' and not ({_is_unused(fields)}))"


def _consumed(fields: Fields) -> Expression:
    amount = fields.get("usage_amount")
    hours = when(f"{fields.get('usage_unit')} = 'seconds'", gcp.hours_of_seconds(amount), money(amount).sql)
    return Expression(when(_is_consumed(fields), hours), raw=when(_is_consumed(fields), amount))


def _consumed_unit(fields: Fields) -> Expression:
    unit = fields.get("usage_unit")
    has_amount = f"{_is_consumed(fields)} and {fields.get('usage_amount')} is not null"
    return Expression(when(has_amount, f"case {unit} when 'seconds' then 'Hours' else {unit} end"))


def _gpu_hours(fields: Fields) -> Expression:
    hours = gcp.hours_of_seconds(fields.get("usage_amount"))
    by_sku = f"case when {gcp.is_gpu(fields)} then {hours} when {gcp.is_part_of_gpu_machine(fields)} then 0 end"
    return Expression(when(_is_consumed(fields), by_sku))


def _usd_rate(fields: Fields) -> Expression:
    rate = fields.get("currency_conversion_rate")
    return Expression(when(f"{fields.get('currency')} <> 'USD'", gcp.one_over(rate)))


def _unit_price(*names: str) -> Rule:
    def build(fields: Fields) -> Expression:
        # A price is for so many units; only the price of one is a unit price.
        quantity = f"coalesce({money(fields.get('price_pricing_unit_quantity')).sql}, 1)"
        return Expression(when(f"{quantity} = 1", money(first_of(fields, *names)).sql))

    return derived(" else ".join(names) + ", where it is of one unit", build)


def _pricing_category(fields: Fields) -> Expression:
    by_commitment = when(gcp.is_covered(fields), "'Committed'", "'Standard'")
    by_sku = when(gcp.is_spot(fields), "'Dynamic'", by_commitment)
    return Expression(when(f"{_category(fields)} in ('Usage', 'Purchase')", by_sku))


def _commitment(fields: Fields, sql: str) -> Expression:
    return Expression(when(f"{gcp.is_fee(fields)} or {gcp.is_covered(fields)}", sql))


def _of_commitment(words: str, spend: str, use: str) -> Rule:
    def build(fields: Fields) -> Expression:
        return _commitment(fields, when(gcp.is_spend_based(fields), literal(spend), literal(use)))

    return derived(words, build)


def _committed(fields: Fields, sql: str) -> Expression:
    return Expression(when(gcp.is_fee(fields), sql))


def _reservation_id(fields: Fields) -> Expression:
    project, name = gcp.label(fields, gcp.RESERVATION_PROJECT), gcp.label(fields, gcp.RESERVATION)
    return Expression(when(f"{name} is not null", f"concat_ws('/', {project}, {name})"))


def _reservation_status(fields: Fields) -> Expression:
    is_named = f"{gcp.label(fields, gcp.RESERVATION)} is not null"
    return Expression(f"case when {_is_unused(fields)} then 'Unused' when {is_named} then 'Used' end")


def _resource_type(fields: Fields) -> Expression:
    return Expression(f"nullif(regexp_extract({fields.get('resource_global_name')}, '/([^/]+)/[^/]+$', 1), '')")


def _service_category(fields: Fields) -> Expression:
    service = fields.get("service_description")
    categories = {name: literal(category) for name, category in SERVICE_CATEGORIES.items()}
    return Expression(when(f"{service} is not null", case_of(service, categories, "'Other'")))


def _partition(fields: Fields) -> Expression:
    day, exported = first_of(fields, *PARTITION_COLUMNS), fields.get("export_time")
    day_text = f"coalesce(strftime({timestamp(day).sql}, '%Y-%m-%d'), '')"
    time_text = f"coalesce(strftime({timestamp(exported).sql}, '%Y-%m-%dT%H:%M:%S.%fZ'), '')"
    is_broken = f"({day} is not null and {timestamp(day).sql} is null)"
    return Expression(
        f"case when {is_broken} then null when coalesce({day}, {exported}) is not null "
        f"then {day_text} || '/' || {time_text} end",
        raw=day,
    )


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": column("billing_account_id", required=True),
    "billing_account_type": derived("'Billing account'", lambda fields: constant("Billing account")),
    "sub_account_id": column("project_id"),
    "sub_account_name": column("project_name"),
    "sub_account_type": derived("'Project'", lambda fields: constant("Project")),
    "billing_period_start": derived("first day of invoice_month", _month, "invoice_month"),
    "billing_period_end": derived("first day of the month after", lambda fields: _month(fields, 1)),
    "charge_period_start": column("usage_start_time", parse=timestamp, required=True),
    "charge_period_end": column("usage_end_time", parse=timestamp, required=True),
    "invoice_issuer_name": derived("'Google Cloud'", lambda fields: constant(PROVIDER)),
    "service_provider_name": derived("'Google Cloud'", lambda fields: constant(PROVIDER)),
    "publisher_name": column("seller_name"),
    "charge_category": derived(
        "cost_type: regular is Usage, or Purchase of a 'Commitment' SKU; tax is Tax; the rest is Adjustment",
        lambda fields: Expression(_category(fields)),
    ),
    "charge_class": derived("Correction where an adjustment is of usage before the invoice's month", _correction),
    "charge_description": column("sku_description"),
    "charge_frequency": derived("Usage-Based; Recurring for a commitment's fee; else One-Time", _frequency),
    "provider_charge_type": column("cost_type"),
    "billing_currency": column("currency", required=True),
    "billed_cost": derived("cost + all credits", _cost_and, "cost"),
    "effective_cost": derived("cost + all credits", _cost_and, "cost"),
    "list_cost": column("cost_at_list", "cost", parse=money),
    "contracted_cost": derived(
        "cost_at_effective_price_default else cost, + credits that lower prices", _contracted, "cost"
    ),
    "provider_usd_rate": derived("1 / currency_conversion_rate, where currency is not USD", _usd_rate),
    "list_unit_price": _unit_price("price_list_price"),
    "contracted_unit_price": _unit_price("price_effective_price_default", "price_effective_price"),
    "pricing_category": derived("Dynamic for a spot SKU, Committed where a commitment covers it", _pricing_category),
    "pricing_quantity": column("usage_amount_in_pricing_units", parse=money),
    "pricing_unit": column("usage_pricing_unit"),
    "consumed_quantity": derived("usage_amount, seconds as hours; null on what is not used", _consumed),
    "consumed_unit": derived("usage_unit, seconds as Hours", _consumed_unit),
    "consumed_gpu_hours": derived("hours of a GPU's SKU; 0 on other parts of a GPU machine", _gpu_hours),
    "service_category": derived("by service_description", _service_category),
    "service_name": column("service_description"),
    "sku_id": column("sku_id"),
    "sku_meter": column("sku_description"),
    "sku_price_details": derived(
        "x_Credit_<type>: sum of credits; x_ConsumptionModel", lambda fields: Expression(gcp.price_details(fields))
    ),
    "instance_type": derived(
        f"system label {gcp.MACHINE_SPEC}; for an attached GPU its accelerator type",
        lambda fields: Expression(gcp.machine(fields)),
    ),
    "region_id": column("location_region", "location_location"),
    "availability_zone": column("location_zone"),
    "resource_id": column("resource_global_name", "resource_name"),
    "resource_name": column("resource_name"),
    "resource_type": derived("last folder of resource_global_name", _resource_type),
    "commitment_discount_id": derived(
        "subscription_instance_id else the commitment credit's id",
        lambda fields: _commitment(fields, gcp.commitment_id(fields)),
    ),
    "commitment_discount_name": derived(
        "the commitment credit's full_name else name",
        lambda fields: Expression(
            f"coalesce({gcp.commitment_credit(fields, 'full_name')}, {gcp.commitment_credit(fields, 'name')})"
        ),
    ),
    "commitment_discount_category": _of_commitment("Spend or Usage, by type of credit or SKU", "Spend", "Usage"),
    "commitment_discount_type": _of_commitment(
        "spend-based or resource-based", "Spend-based committed use discount", "Resource-based committed use discount"
    ),
    "commitment_discount_status": derived(
        "Used where a commitment covers usage",
        lambda fields: Expression(when(f"{_category(fields)} = 'Usage' and {gcp.is_covered(fields)}", "'Used'")),
    ),
    "commitment_discount_quantity": derived(
        "usage_amount_in_pricing_units of a fee",
        lambda fields: _committed(fields, money(fields.get("usage_amount_in_pricing_units")).sql),
    ),
    "commitment_discount_unit": derived(
        "usage_pricing_unit of a fee", lambda fields: _committed(fields, fields.get("usage_pricing_unit"))
    ),
    "capacity_reservation_id": derived(f"system labels {gcp.RESERVATION}, with its project", _reservation_id),
    "capacity_reservation_status": derived(f"system label {gcp.UNUSED_RESERVATION}", _reservation_status),
    "delivery_partition": derived(f"{' else '.join(PARTITION_COLUMNS)}, and export_time", _partition),
    "tags": derived("labels, system_labels, project_labels (project:…), tags (tag:…)", gcp.tags),
}

REJECT: Final = {"charge_period_end: before charge_period_start": "charge_period_end < charge_period_start"}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file of an export, or the numbered shards that BigQuery wrote of one together.

    Raises:
        IncompleteDeliveryError: numbers between such shards are missing.
    """
    found: list[Claim] = []
    for group in grouped(file for file in files if _is_export(file)):
        kind = "detailed" if any(canonical(name) == "resource_name" for name in field_names(group[0])) else "standard"
        more = f" and {len(group) - 1} more shards" if len(group) > 1 else ""
        found.append(Claim(group, f"Google Cloud billing export ({kind}), {group[0].name}{more}"))
    return found


def _is_export(file: Candidate) -> bool:
    return len(CORE & {canonical(name) for name in field_names(file)}) >= CORE_NEEDED


def read(delivery: Delivery) -> Reading:
    """Every file as a scan for the warehouse.

    Raises:
        InputError: required columns are missing.
    """
    return Reading(parts=tuple(_scan(file) for file in delivery.files), version_sql=LATER)


def _scan(file: LandedFile) -> Scan:
    fields = ExportFields(file)
    rules = select(MAPPING, fields, file, what="a Google Cloud billing export")
    shared = {name: fields.sharing(expression) for name, expression in rules.items()}
    return Scan(file, fields.layout, shared, REJECT, unread=fields.unread)
