"""FOCUS Cost and Usage, versions 1.0 to 1.4, as CSV (plain, in gzip or ZIP) or Parquet.

Recognised by its columns, whatever the file is called. The columns also tell the version, which the description names;
all versions are mapped up to FOCUS 1.4, the contract's.

A FOCUS file holds whole billing periods of an account: a later file of the same account and period replaces it. AWS and
Azure write a manifest beside: then only the files that it names are read, all of them, and the run's time says which
delivery is later. A file alone carries no time of export, so the one whose usage reaches further is the later one, and
among equals the one that came later. A provider that exports slices instead of whole periods (Oracle) has a source of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.errors import InputError
from pipelines.sources.billing._exports import exports_among
from pipelines.sources.billing._focus_columns import CORE, CORE_NEEDED, MAPPING, REJECT
from pipelines.sources.billing._focus_export import manifest_in
from pipelines.sources.billing._mapping import select
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Scan
from pipelines.sources.parquet import ParquetFields
from pipelines.sources.sql import Fields

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "FOCUS Cost and Usage 1.0 to 1.4, CSV (plain, gzip, ZIP) or Parquet, with AWS's or Azure's manifest"
MODE = "replace"
SCOPE = "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'))"

# The first version of which the file has a column. Columns that providers added on their own before they were in the
# specification (BillingAccountType) tell nothing.
VERSIONS: Final = {
    "1.4": {"InvoiceDetailId", "CommitmentProgramEligibilityDetails"},
    "1.3": {"ServiceProviderName", "HostProviderName", "AllocatedMethodId", "ContractApplied"},
    "1.2": {"InvoiceId", "PricingCurrency", "PricingCurrencyEffectiveCost"},
    "1.1": {"SkuMeter", "SkuPriceDetails", "ServiceSubcategory", "CommitmentDiscountQuantity", "CapacityReservationId"},
    "1.0-preview": {"ChargeSubcategory"},
}

# Oracle's FOCUS reports are slices of some hours, not whole periods; its own columns tell them. `oci_focus` reads them.
SLICE_PREFIX = "oci_"

LATER = "strftime(max(charge_period_start) filter (where charge_category = 'Usage'), '%Y-%m-%dT%H:%M:%SZ')"


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """One delivery per run of an export, and each file, or the numbered parts together, that no manifest speaks for.

    Raises:
        IncompleteDeliveryError: a manifest names a file that is not among `files`, or there is a gap between parts.
        InputError: a manifest is damaged, or names a path outside the delivery.
    """
    exports, alone = exports_among(files, manifest_in, _is_ours)
    found = [Claim(item.files, f"FOCUS {version_of(item.parts[0].columns)}, {item.words}") for item in exports]
    for group in grouped(alone):
        parts = f" and {len(group) - 1} more parts" if len(group) > 1 else ""
        found.append(Claim(group, f"FOCUS {version_of(group[0].columns)}, {group[0].name}{parts}"))
    return found


def _is_ours(columns: Sequence[str]) -> bool:
    return is_focus(columns) and not is_sliced(columns)


def is_focus(columns: Sequence[str]) -> bool:
    """Whether a file with these columns means to be FOCUS."""
    return len(CORE & set(columns)) >= CORE_NEEDED


def is_sliced(columns: Sequence[str]) -> bool:
    """Whether a FOCUS file holds some hours of a period, and not the whole of it."""
    return any(name.startswith(SLICE_PREFIX) for name in columns)


def version_of(columns: Sequence[str]) -> str:
    """The FOCUS version that the columns belong to."""
    return next((version for version, marks in VERSIONS.items() if marks & set(columns)), "1.0")


def read(delivery: Delivery) -> Reading:
    """The files that the manifest names as scans for the warehouse, or all files where there is none.

    Raises:
        InputError: required columns are missing, or it is a version that cannot be read.
    """
    files = {file.name: file for file in delivery.files}
    exports, _ = exports_among([candidate(file) for file in delivery.files], manifest_in, _is_ours)
    if not exports:
        return Reading(tuple(_scan(file, None) for file in delivery.files), version_sql=LATER)
    export = exports[0]
    parts = tuple(_scan(files[part.name], export.rows[part.name]) for part in export.parts)
    return Reading(parts, version=export.ran_at and f"{export.ran_at} ", version_sql=LATER)


def _scan(file: LandedFile, expected_rows: int | None) -> Scan:
    look = candidate(file)
    version = version_of(look.columns)
    _check_variant(file, version)
    layout = None if look.is_parquet else csv_layout(file)
    fields = Fields(file, layout.header, positional=True) if layout else ParquetFields(file)
    mapped = select(MAPPING, fields, file, what=f"FOCUS {version}")
    return Scan(file, layout, mapped, REJECT, expected_rows=expected_rows, unread=fields.unread)


def _check_variant(file: LandedFile, version: str) -> None:
    if "preview" in version:
        raise InputError(
            f"FOCUS {version} is not read: it lacks what tells used from unused commitments",
            file=file.name,
            line=1,
            next_step="export FOCUS 1.0 or later",
        )
