"""Oracle Cloud's FOCUS report: FOCUS columns, some under the names of its preview, and Oracle's own `oci_…`.

A report holds some hours, several are written a day, and late lines come in later reports: they are added up. Each is
loaded once, whatever it is called, and replaces nothing. A copy under another name is known by its content.

Columns are read as in any FOCUS file, with these differences:

- Names of the preview (`Provider`, `Region`, `UsageQuantity`) stand in for those of 1.0.
- `EffectiveCost` is 0 on lines that are billed. Nothing in these reports is bought ahead (credits bought in advance are
  drawn down by use), so no other line would carry that cost: a line of no commitment that is billed and says 0, or says
  nothing, costs what is billed. Purchases keep what they say.
- `oci_CostOverage` and `oci_AttributedCost` are parts of the billed cost and are not added to it.
- `oci_BackReferenceNumber` does not tell a correction: Oracle's other report fills the like of it on ordinary lines.
- Tags may stand in columns of their own, `tags/<namespace>.<key>`. The compartment, Oracle's unit of ownership, has no
  column in FOCUS: it is a tag, `oci_CompartmentName`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.sources.billing import _focus_columns
from pipelines.sources.billing import _oci as oci
from pipelines.sources.billing._mapping import Rule, column, derived, first_of, select, spelled_as
from pipelines.sources.billing.focus import is_focus, is_sliced
from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, constant, money, tags_from_columns, tags_from_json

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "Oracle Cloud FOCUS report with oci_ columns (CSV, plain or gzip)"
MODE = "append"
SCOPE = ""

TAG: Final = "tags/"
COMPARTMENT: Final = "oci_CompartmentName"
COMMITMENTS: Final = ("CommitmentDiscountId", "CommitmentDiscountStatus", "CommitmentDiscountCategory")


def _effective_cost(fields: Fields) -> Expression:
    said, billed = fields.get("EffectiveCost"), fields.get("BilledCost")
    is_bound = f"{first_of(fields, *COMMITMENTS)} is not null or lower({fields.get('ChargeCategory')}) = 'purchase'"
    effective = f"coalesce({said}, '0')"
    return Expression(
        f"case when coalesce({is_bound}, false) then {money(effective).sql} "
        f"when {money(effective).sql} = 0 then {money(billed).sql} else {money(effective).sql} end",
        raw=f"coalesce({said}, {billed})",
    )


def _status(fields: Fields) -> Expression:
    preview = first_of(fields, "ChargeSubcategory")
    used = f"case lower({preview}) when 'used commitment' then 'Used' when 'unused commitment' then 'Unused' end"
    return spelled_as("Used", "Unused")(f"coalesce({fields.get('CommitmentDiscountStatus')}, {used})")


def _by_sku(fields: Fields) -> tuple[str, str]:
    return fields.get("SkuId"), fields.get("ChargeDescription")


def _tags(fields: Fields) -> Expression:
    own = {name.removeprefix(TAG): fields[name] for name in fields.names if name.startswith(TAG)}
    if COMPARTMENT in fields:
        own[COMPARTMENT] = fields[COMPARTMENT]
    in_one = tags_from_json(fields.get("Tags"))
    return Expression(
        f"case when ({in_one.sql}) is null then null else map_concat({tags_from_columns(own).sql}, {in_one.sql}) end",
        raw=in_one.raw,
    )


MAPPING: Final[dict[str, Rule]] = _focus_columns.MAPPING | {
    "invoice_issuer_name": column("InvoiceIssuerName", "InvoiceIssuer"),
    "service_provider_name": derived("'Oracle'", lambda fields: constant(oci.PROVIDER)),
    "publisher_name": column("PublisherName", "Publisher"),
    "effective_cost": derived(
        "EffectiveCost; BilledCost where that is 0 or nothing, and the line is of no commitment and no Purchase",
        _effective_cost,
        "EffectiveCost",
    ),
    "consumed_quantity": column("ConsumedQuantity", "UsageQuantity", parse=money),
    "consumed_unit": column("ConsumedUnit", "UsageUnit"),
    "consumed_gpu_hours": derived(
        "quantity of a GPU's SKU",
        lambda fields: Expression(
            oci.gpu_hours(*_by_sku(fields), first_of(fields, "ConsumedQuantity", "UsageQuantity"))
        ),
    ),
    "sku_meter": column("SkuMeter", "ChargeDescription"),
    "instance_type": derived(
        "shape in ChargeDescription, else the name of a GPU's SKU",
        lambda fields: Expression(oci.machine(*_by_sku(fields))),
    ),
    "region_id": column("RegionId", "Region", "RegionName"),
    "commitment_discount_status": derived("CommitmentDiscountStatus else ChargeSubcategory", _status),
    "tags": derived("Tags, tags/<namespace>.<key>, oci_CompartmentName", _tags),
}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each report. Numbered files of one report are as good alone: nothing replaces anything."""
    return [
        Claim((file,), f"Oracle Cloud FOCUS report {file.name}")
        for file in files
        if is_focus(file.csv_header) and is_sliced(file.csv_header)
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
    rules = select(MAPPING, fields, file, what="an Oracle Cloud FOCUS report")
    return Scan(file, layout, rules, _focus_columns.REJECT, unread=fields.unread)
