"""Azure Cost Management exports of usage details: EA, MCA and pay-as-you-go, CSV (plain, gzip, zip) or Parquet.

Recognised by their columns, whatever their case, language or order: `_azure_dialect` has the names and says how dates
and numbers are written. Exports in FOCUS are read by `focus`.

Azure exports a month as *actual* cost, what is invoiced, and as *amortised* cost, where reservations and savings plans
are spread over what they cover. Where a month has any, both views are needed, and together they are one delivery:

- use, and time that a commitment was not used, from the amortised view: `effective_cost` is its cost, `billed_cost`
  too, save 0 where a commitment pays;
- purchases and refunds of commitments from the actual view: `billed_cost` is their cost, `effective_cost` 0;
- the actual view's other rows are left out, as told by the amortised view. Its total is the provider's: what is kept
  has to add up to it.

A month without commitments is the same in both views, and either will do. Each run of an export is a delivery of its
own, and the latest one holds. An export has to be made at the billing account (EA) or billing profile (MCA): made at a
subscription, it would replace what the account's other subscriptions delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pipelines.sources.billing._azure_columns import MAPPING, REJECT
from pipelines.sources.billing._azure_dialect import AzureFields
from pipelines.sources.billing._azure_pairs import Told, paired
from pipelines.sources.billing._azure_runs import manifests_by_part, ran_at, runs_among
from pipelines.sources.billing._azure_terms import left_to_other_view
from pipelines.sources.billing._mapping import select
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Scan

__all__ = ["KIND", "MAPPING", "MODE", "SCOPE", "SUMMARY", "TABLE", "claim", "read"]

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "Azure Cost Management usage details (EA, MCA, pay-as-you-go): actual and amortised cost, CSV or Parquet"
MODE = "replace"
SCOPE = "concat_ws('|', source, billing_account_id, strftime(billing_period_start, '%Y-%m-%d'))"

LATER: Final = "strftime(max(charge_period_start) filter (where charge_category = 'Usage'), '%Y-%m-%dT%H:%M:%SZ')"


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """One delivery per run of an export: both views of a month together, or the one there is if it tells all.

    Raises:
        IncompleteDeliveryError: a manifest names a file that is not among `files`, or parts came without a manifest.
        InputError: only one view of a month with commitments, a part of a month, or a damaged manifest.
    """
    return [_claim(told) for told in paired(runs_among(files))]


def _claim(told: Told) -> Claim:
    runs = [run for run in (told.use, told.payments) if run]
    beside = [file for run in runs for file in run.beside] + told.beside
    words = [f"Azure usage details ({told.use.profile.agreement}), {_months(told)}"]
    if told.payments:
        words.append("actual and amortised cost")
    if told.ran_at:
        words.append(
            f"run {told.ran_at[:4]}-{told.ran_at[4:6]}-{told.ran_at[6:8]} {told.ran_at[8:10]}:{told.ran_at[10:12]}"
        )
    if beside:
        words.append(f"{len(beside)} file(s) beside it are not read")
    views = ("amortized", "actual") if told.payments else ("only",)
    options = {"views": " ".join(view for view, run in zip(views, runs, strict=True) for _ in run.parts)}
    if told.payments and told.payments.profile.cost is not None:
        options["actual_cost"] = f"{told.payments.profile.cost:f}"
    rest = dict.fromkeys((*(file for run in runs for file in run.files), *told.beside))
    return Claim((*(part for run in runs for part in run.parts), *rest), ", ".join(words), options)


def _months(told: Told) -> str:
    months = sorted({start[:7] for _, start in told.use.profile.months})
    return (months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}") if months else "no rows"


def read(delivery: Delivery) -> Reading:
    """The files of both views as scans for the warehouse.

    Of two versions of a month, the one that ran later is the later. A file that carries no time of its run comes before
    all that do; among such files the one whose usage reaches further is the later.

    Raises:
        InputError: required columns are missing.
    """
    views = delivery.options["views"].split()
    promised = manifests_by_part([candidate(file) for file in delivery.files])
    parts = []
    stamps = []
    for file, view in zip(delivery.files, views, strict=False):
        manifest, rows = promised.get(file.name, (None, None))
        stamps.append(ran_at(file.name, manifest))
        parts.append(_scan(file, view, rows))
    actual_cost = delivery.options.get("actual_cost")
    return Reading(
        parts=tuple(parts),
        version=f"run {min(stamps)} " if all(stamps) else "",
        version_sql=LATER,
        provider_billed_cost=Decimal(actual_cost) if actual_cost else None,
    )


def _scan(file: LandedFile, view: str, rows: int | None) -> Scan:
    look = candidate(file)
    fields = AzureFields(file, look)
    return Scan(
        file=file,
        layout=None if look.is_parquet else csv_layout(file),
        select=select(MAPPING, fields, file, what="an export of Azure usage details"),
        reject=REJECT,
        leave_out=left_to_other_view(view, fields),
        expected_rows=rows,
        unread=fields.unread,
    )
