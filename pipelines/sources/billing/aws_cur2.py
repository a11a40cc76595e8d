"""AWS Cost and Usage Report 2.0 (Data Exports), as Parquet or CSV, with its manifest.

Only files that a manifest names are read, and all of them; others beside it are kept and not read. Each run is a
delivery, a later one replaces the month. A file without any manifest is taken as it is where it is a single one.

The columns are those of the legacy report by other names, so the mapping is the same. In Parquet amounts are binary
floating point: they are read by their shortest text, which is what AWS wrote. Tags and cost categories are maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.errors import IncompleteDeliveryError
from pipelines.sources.billing._aws import LINE_ITEM_TYPES
from pipelines.sources.billing._aws_export import manifest_in
from pipelines.sources.billing._aws_export_columns import MAPS, SnakeFields
from pipelines.sources.billing._cur_columns import MAPPING, REJECT
from pipelines.sources.billing._exports import exports_among
from pipelines.sources.billing._mapping import select
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Scan
from pipelines.sources.parquet import ParquetFields
from pipelines.sources.sql import Fields

__all__ = ["KIND", "LINE_ITEM_TYPES", "MAPPING", "MODE", "SCOPE", "SUMMARY", "TABLE", "claim", "read"]

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "AWS Cost and Usage Report 2.0 (Data Exports), Parquet or CSV, with its manifest"
MODE = "replace"
SCOPE = "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'))"

CORE: Final = frozenset(
    {
        "line_item_line_item_type",
        "line_item_unblended_cost",
        "identity_line_item_id",
        "bill_payer_account_id",
        "bill_billing_period_start_date",
    }
)
CORE_NEEDED = 3
# The legacy report for Athena has the same names, but no maps and no names of accounts.
OWN: Final = frozenset({*MAPS.values(), "discount", "bill_payer_account_name", "line_item_usage_account_name"})

# Where no folder tells the run: the one whose usage reaches further is the later, then the one that is invoiced.
LATER: Final = (
    "concat(coalesce(strftime(max(charge_period_start) filter (where charge_category = 'Usage'), "
    "'%Y-%m-%dT%H:%M:%SZ'), ''), ' invoiced=', case when count(invoice_id) > 0 then '1' else '0' end)"
)


def is_cur2(columns: Sequence[str]) -> bool:
    """Whether columns are those of CUR 2.0, all or those that the export's query has chosen."""
    given = set(columns)
    return len(CORE & given) >= CORE_NEEDED and bool(OWN & given)


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """One delivery per run of an export, and each single file that no manifest speaks for.

    Raises:
        IncompleteDeliveryError: a manifest names a file that is not among `files`, or parts came without a manifest.
        InputError: a manifest is damaged, or names a path outside the delivery.
    """
    exports, alone = exports_among(files, manifest_in, is_cur2)
    claims = [Claim(export.files, f"AWS CUR 2.0 {export.words}") for export in exports]
    return claims + [_single_claim(group) for group in grouped(alone)]


def _single_claim(group: Sequence[Candidate]) -> Claim:
    if len(group) > 1:
        raise IncompleteDeliveryError(
            f"{group[0].name} and {len(group) - 1} more are parts of one export, but their manifest is missing",
            file=group[0].name,
            next_step="add the export's folder with metadata/, where AWS writes the manifest last",
        )
    return Claim((group[0],), f"AWS CUR 2.0 without manifest, {group[0].name}")


def read(delivery: Delivery) -> Reading:
    """The files that the manifest names as scans for the warehouse, or the one file there is.

    Raises:
        InputError: required columns are missing.
    """
    files = {file.name: file for file in delivery.files}
    exports, _ = exports_among([candidate(file) for file in delivery.files], manifest_in, is_cur2)
    if not exports:
        return Reading(tuple(map(_scan, delivery.files)), version_sql=LATER)
    parts = tuple(_scan(files[part.name]) for part in exports[0].parts)
    return Reading(parts, version=exports[0].ran_at and f"{exports[0].ran_at} ", version_sql=LATER)


def _scan(file: LandedFile) -> Scan:
    layout = None if candidate(file).is_parquet else csv_layout(file)
    columns = Fields(file, layout.header, positional=True) if layout else ParquetFields(file)
    fields = SnakeFields(columns)
    return Scan(file, layout, select(MAPPING, fields, file, what="AWS CUR 2.0"), REJECT, unread=fields.unread)
