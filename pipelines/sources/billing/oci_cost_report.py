"""Oracle Cloud's cost report, the older format: CSV in gzip with `lineItem/…`, `cost/…` and one column a tag.

Oracle writes a report every six hours, with the hours since and what arrived late; none holds a month. Reports are
added up: each is loaded once, whatever it is called, and replaces nothing. A copy of a report under another name is
known by its content.

`cost/myCost` is the whole cost of a line; `cost/myCostOverage` is a part of it. A correction is a line of its own
("corrections are added as new rows"); whether its cost is a difference or the whole anew Oracle does not say: it is
added up like any line. The line it corrects (`lineItem/backreferenceNo`) is not looked up: real reports fill that
column on ordinary lines too.

Nothing here is bought ahead: credits bought in advance are drawn down by use, so effective cost is billed cost. The
report has no list price, and no account but the tenancy; the billing period is the calendar month of the use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.sources.billing import _oci as oci
from pipelines.sources.billing._mapping import Rule, column, derived, first_of, select
from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, constant, money, tags_from_columns, timestamp

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "Oracle Cloud cost report with lineItem/… columns (CSV, plain or gzip)"
MODE = "append"
SCOPE = ""

# Some may be missing in a file that means to be a report: it is claimed all the same, so that the error names them.
CORE: Final = frozenset(
    {
        "lineItem/tenantId",
        "lineItem/intervalUsageStart",
        "lineItem/intervalUsageEnd",
        "usage/billedQuantity",
        "cost/productSku",
        "cost/myCost",
        "cost/currencyCode",
    }
)
CORE_NEEDED = 5
TAG: Final = "tags/"


def _period(fields: Fields, months: int = 0) -> Expression:
    start = timestamp(fields.get("lineItem/intervalUsageStart")).sql
    return Expression(f"date_trunc('month', {start}) + interval {months} month")


def _correction(fields: Fields) -> Expression:
    return Expression(f"case when lower({fields.get('lineItem/isCorrection')}) = 'true' then 'Correction' end")


def _unit(fields: Fields) -> Expression:
    unit = first_of(fields, "cost/skuUnitDescription", "cost/billingUnitReadable")
    return Expression(f"case when {fields.get('usage/billedQuantity')} is not null then {unit} end")


def _by_sku(fields: Fields) -> tuple[str, str]:
    return fields.get("cost/productSku"), fields.get("product/Description", "product/description")


def _tags(fields: Fields) -> Expression:
    return tags_from_columns({name.removeprefix(TAG): fields[name] for name in fields.names if name.startswith(TAG)})


MAPPING: Final[dict[str, Rule]] = {
    "billing_account_id": column("lineItem/tenantId", required=True),
    "billing_account_type": derived("'Tenancy'", lambda fields: constant("Tenancy")),
    "sub_account_id": column("product/compartmentId"),
    "sub_account_name": column("product/compartmentName"),
    "sub_account_type": derived("'Compartment'", lambda fields: constant("Compartment")),
    "billing_period_start": derived("first day of the month of lineItem/intervalUsageStart", _period),
    "billing_period_end": derived("first day of the month after", lambda fields: _period(fields, 1)),
    "charge_period_start": column("lineItem/intervalUsageStart", parse=timestamp, required=True),
    "charge_period_end": column("lineItem/intervalUsageEnd", parse=timestamp, required=True),
    "invoice_issuer_name": derived("'Oracle'", lambda fields: constant(oci.PROVIDER)),
    "service_provider_name": derived("'Oracle'", lambda fields: constant(oci.PROVIDER)),
    "charge_category": derived("'Usage'", lambda fields: constant("Usage")),
    "charge_class": derived("Correction where lineItem/isCorrection is true", _correction),
    "charge_description": column("product/Description", "product/description"),
    "charge_frequency": derived("'Usage-Based'", lambda fields: constant("Usage-Based")),
    "billing_currency": column("cost/currencyCode", required=True),
    "billed_cost": column("cost/myCost", parse=money, required=True),
    "effective_cost": column("cost/myCost", parse=money, required=True),
    "contracted_cost": column("cost/myCost", parse=money),
    "contracted_unit_price": column("cost/unitPrice", parse=money),
    "pricing_quantity": column("usage/billedQuantity", parse=money),
    "pricing_unit": derived("cost/skuUnitDescription else cost/billingUnitReadable", _unit),
    "consumed_quantity": column("usage/billedQuantity", parse=money),
    "consumed_unit": derived("cost/skuUnitDescription else cost/billingUnitReadable", _unit),
    "consumed_gpu_hours": derived(
        "usage/billedQuantity of a GPU's SKU",
        lambda fields: Expression(oci.gpu_hours(*_by_sku(fields), fields.get("usage/billedQuantity"))),
    ),
    "service_name": column("product/service"),
    "sku_id": column("cost/productSku"),
    "sku_meter": column("product/Description", "product/description"),
    "instance_type": derived(
        "shape in product/Description, else the name of a GPU's SKU",
        lambda fields: Expression(oci.machine(*_by_sku(fields))),
    ),
    "region_id": column("product/region"),
    "availability_zone": column("product/availabilityDomain"),
    "resource_id": column("product/resourceId"),
    "tags": derived("tags/<namespace>.<key>, without tags/", _tags),
}

REJECT: Final = {"charge_period_end: before charge_period_start": "charge_period_end < charge_period_start"}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each cost report. Numbered files of one report are as good alone: nothing replaces anything."""
    return [
        Claim((file,), f"Oracle Cloud cost report {file.name}")
        for file in files
        if len(CORE & set(file.csv_header)) >= CORE_NEEDED
    ]


def read(delivery: Delivery) -> Reading:
    """Every file as a scan for the warehouse.

    Raises:
        InputError: required columns are missing.
    """
    return Reading(tuple(_scan(file) for file in delivery.files))


def _scan(file: LandedFile) -> Scan:
    layout = csv_layout(file)
    fields = Fields(file, layout.header, positional=True)
    rules = select(MAPPING, fields, file, what="an Oracle Cloud cost report")
    return Scan(file, layout, rules, REJECT, unread=fields.unread)
