"""AWS Cost and Usage Report, legacy format, with its manifests: CSV, or Parquet for Athena.

CSV has `lineItem/UnblendedCost` and comes plain, in gzip or in ZIP. Parquet, in folders `year=2026/month=8`, has
`line_item_unblended_cost`; there each refresh overwrites the last, and the manifest stands in the period's folder.

Both layouts: create-new, where each refresh of a month is an assembly in a folder of its own, and overwrite. Only files
that a manifest names are read, and all of them; others beside it are kept and not read. Each assembly is a delivery, a
later one replaces the month. A report without any manifest is taken as it is where it is a single file.

`billed_cost` is the unblended cost, as invoiced; `effective_cost` is amortised by line item type. MAPPING says where
each column comes from, LINE_ITEM_TYPES what AWS's line item types become.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.errors import IncompleteDeliveryError
from pipelines.sources.billing import aws_cur2
from pipelines.sources.billing._aws import LINE_ITEM_TYPE, LINE_ITEM_TYPES, UNBLENDED
from pipelines.sources.billing._aws_export_columns import SnakeFields
from pipelines.sources.billing._cur_columns import MAPPING, REJECT
from pipelines.sources.billing._cur_manifest import Assembly, assemblies
from pipelines.sources.billing._manifest_keys import within
from pipelines.sources.billing._mapping import select
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Scan
from pipelines.sources.parquet import ParquetFields
from pipelines.sources.sql import Fields, literal

__all__ = ["KIND", "LINE_ITEM_TYPES", "MAPPING", "MODE", "SCOPE", "SUMMARY", "TABLE", "claim", "read"]

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "AWS Cost and Usage Report, legacy: CSV (plain, gzip, ZIP) or Parquet for Athena, with its manifests"
MODE = "replace"
SCOPE = "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'))"

CORE: Final = frozenset(
    {LINE_ITEM_TYPE, UNBLENDED, "identity/LineItemId", "bill/PayerAccountId", "bill/BillingPeriodStartDate"}
)
CORE_NEEDED = 3


def is_legacy(columns: Sequence[str]) -> bool:
    """Whether columns are those of the legacy report, in CSV or for Athena."""
    given = set(columns)
    return len(CORE & given) >= CORE_NEEDED or (
        len(aws_cur2.CORE & given) >= aws_cur2.CORE_NEEDED and not aws_cur2.is_cur2(columns)
    )


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """One delivery per assembly, and each single report file that no manifest speaks for.

    Raises:
        IncompleteDeliveryError: a manifest names a file that is not among `files`, or parts came without a manifest.
        InputError: a manifest is damaged, or names a path outside the delivery.
    """
    found = assemblies(files)
    named = {part.name for assembly in found for part in assembly.parts}
    reports = [file for file in files if is_legacy(file.columns) and file.name not in named]
    left_over: dict[int, list[Candidate]] = {}
    alone: list[Candidate] = []
    for report in reports:
        owner = _owner(report, found)
        if owner is None:
            alone.append(report)
        else:
            left_over.setdefault(owner, []).append(report)
    claims = [_assembly_claim(assembly, found, left_over.get(index, [])) for index, assembly in enumerate(found)]
    return claims + [_single_claim(group) for group in grouped(alone)]


def _owner(report: Candidate, found: Sequence[Assembly]) -> int | None:
    """The assembly whose manifest stands nearest above a file that no manifest names; the current one among equals."""
    above = [
        (len(manifest.folder), assembly.period_manifest is not None, index)
        for index, assembly in enumerate(found)
        for manifest in assembly.manifests
        if within(manifest.folder, report.name)
    ]
    return max(above)[2] if above else None


def _assembly_claim(assembly: Assembly, found: Sequence[Assembly], left_over: Sequence[Candidate]) -> Claim:
    manifest = assembly.manifests[0]
    current = _declared_current(assembly, found)
    words = [f"AWS CUR legacy {manifest.report_name}", manifest.period]
    if manifest.is_assembled:
        words.append(f"assembly {manifest.assembly_id}")
    if current == "no":
        words.append("not the current one")
    if left_over:
        words.append(f"{len(left_over)} file(s) beside it that no manifest names are not read")
    manifests = tuple(item.file for item in assembly.manifests)
    return Claim((*assembly.parts, *manifests, *left_over), ", ".join(words), {"declared_current": current})


def _declared_current(assembly: Assembly, found: Sequence[Assembly]) -> str:
    """What the period's manifest says: yes, no where it names another assembly, unknown where it did not come along."""
    if assembly.period_manifest:
        return "yes"
    for other in found:
        period = other.period_manifest
        if period and within(period.folder, assembly.parts[0].name):
            return "no"
    return "unknown"


def _single_claim(group: Sequence[Candidate]) -> Claim:
    if len(group) > 1:
        raise IncompleteDeliveryError(
            f"{group[0].name} and {len(group) - 1} more are parts of one report, but their manifest is missing",
            file=group[0].name,
            next_step="add the report's folder with its manifest, which AWS writes last",
        )
    description = f"AWS CUR legacy without manifest, {group[0].name}"
    return Claim((group[0],), description, {"declared_current": "unknown"})


def read(delivery: Delivery) -> Reading:
    """The files that the manifest names as scans for the warehouse, or the one file there is.

    The manifest carries no time of its own. Of two versions of a month, one that the period's manifest has passed over
    is the earlier; then the one whose usage reaches less far; then the one that is not invoiced yet.

    Raises:
        InputError: required columns are missing.
    """
    files = {file.name: file for file in delivery.files}
    found = assemblies([candidate(file) for file in delivery.files])
    names = [part.name for assembly in found for part in assembly.parts] or list(files)
    current = "0" if delivery.options.get("declared_current") == "no" else "1"
    reach = "strftime(max(charge_period_start) filter (where charge_category = 'Usage'), '%Y-%m-%dT%H:%M:%SZ')"
    invoiced = "case when count(invoice_id) > 0 then '1' else '0' end"
    version = f"concat({literal(f'current={current} ')}, coalesce({reach}, ''), ' invoiced=', {invoiced})"
    return Reading(parts=tuple(_scan(files[name]) for name in names), version_sql=version)


def _scan(file: LandedFile) -> Scan:
    layout = None if candidate(file).is_parquet else csv_layout(file)
    columns = Fields(file, layout.header, positional=True) if layout else ParquetFields(file)
    # Somebody may have written Athena's table to CSV.
    fields = columns if LINE_ITEM_TYPE in columns else SnakeFields(columns)
    return Scan(file, layout, select(MAPPING, fields, file, what="AWS CUR legacy"), REJECT, unread=fields.unread)
