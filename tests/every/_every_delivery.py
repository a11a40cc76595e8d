"""A small delivery of every source: the bundled sample, or a few lines in the format where no sample is bundled."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from pipelines.contracts import contract_for
from pipelines.settings import BUNDLED, Settings
from pipelines.sources import all_sources
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, LandedFile
from pipelines.warehouse import landing
from pipelines.warehouse.connect import in_memory
from pipelines.warehouse.landing import Added
from pipelines.warehouse.mapped import opened

SAMPLES = BUNDLED / "samples"
ARRIVAL = datetime(2026, 9, 2)
WITHOUT_SAMPLE = {
    "ec2_instances_csv": (
        "ec2-2026-08-01.csv",
        '"API Name","GPUs","GPU model","On Demand","Linux Reserved cost","Linux Spot Minimum cost"\n'
        '"p5.48xlarge","8","NVIDIA H100","$98.3200 hourly","unavailable","$69.5871 hourly"\n',
    ),
    "ratecard_monthly_csv": (
        "cards.csv",
        "period,gpu,ondemand_raw_median_usd,reserved_raw_median_usd,spot_raw_median_usd,index_value_usd\n"
        "2023-09,H100,3.5000,2.8584,3.2400,3.3775\n",
    ),
    "rental_offers_jsonl": (
        "offers.jsonl",
        json.dumps({
            "timestamp": "2025-10-19T21:01:58.727366+00:00", "gpu_type": "H100_80GB", "socket_type": "SXM5",
            "price_stats": {"min": 1.0, "median": 1.99, "max": 3.29, "mean": 2.13},
            "by_provider": {"runpod": {"count": 4, "min": 2.69, "avg": 2.7}},
        }) + "\n",
    ),
    "aws_cur2": (
        "gpu.csv",
        "identity_line_item_id,bill_payer_account_id,bill_payer_account_name,bill_billing_period_start_date,"
        "bill_billing_period_end_date,line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,"
        "line_item_currency_code,line_item_unblended_cost,resource_tags\n"
        "a1,000000000009,acme,2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,Usage,2026-08-03T10:00:00Z,2026-08-03T11:00:00Z,"
        'USD,55.04,"{""user_team"":""search""}"\n',
    ),
    "focus_billing_period": (
        "periods.csv",
        "InvoiceIssuerName,BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus,BillingPeriodLastUpdated\n"
        "AWS,2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,Closed,2026-09-04T00:00:00Z\n",
    ),
    "focus_invoice_detail": (
        "invoices.csv",
        "InvoiceId,InvoiceDetailId,InvoiceIssuerName,BillingAccountId,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,"
        "BillingCurrency,BilledCost,InvoiceIssueStatus\n"
        "INV-1,L1,AWS,1,2026-08-01T00:00:00Z,2026-09-01T00:00:00Z,Usage,USD,579.90,Issued\n",
    ),
    "focus_contract_commitment": (
        "commitments.csv",
        "ContractId,ContractCommitmentId,ContractCommitmentCategory,ContractCommitmentPeriodStart,"
        "ContractCommitmentPeriodEnd,ContractCommitmentCost,BillingCurrency\n"
        "C1,cd-1,Spend,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,8760.00,USD\n",
    ),
    # Recognised by its header, which is that of a mapping that ships with tenure.
    "mapped_csv": (
        "runpod.csv",
        "team_id,hour,kind,pod_id,pod_name,gpu_type,gpu_count,seconds,usd\n"
        "rp,2026-08-03 09:00:00,gpu,pod-a,tune,NVIDIA H100 80GB HBM3,2,3600,6.00\n",
    ),
    "ecb_reference_rates": (
        "eurofxref.csv",
        "Date,USD,JPY,BGN,CZK,DKK,GBP,HUF,PLN,SEK,CHF,\n"
        "2026-10-30,1.1172,175.68,N/A,24.353,7.4735,0.8338,366.33,4.4038,10.978,0.9194,\n",
    ),
    "invoice_total": (
        "invoices.csv",
        "invoice_id,invoice_issuer_name,billing_account_id,billing_period_start,billing_period_end,billing_currency,billed_cost\n"
        "INV-1,Lambda,lam,2026-08-01,2026-09-01,USD,579.90\n",
    ),
    "azure_cost_export": (
        "azure.csv",
        "SubscriptionGuid,UsageDateTime,MeterCategory,MeterId,MeterName,UsageQuantity,UnitOfMeasure,PreTaxCost,Currency\n"
        "s-1,2026-08-03,Virtual Machines,m-1,ND96isr H100 v5,24,100 Hours,2359.68,USD\n",
    ),
    "gcp_export": (
        "gcp.csv",
        "billing_account_id,sku.id,usage_start_time,usage_end_time,cost,currency,credits,invoice.month,export_time\n"
        "0123AB,AAAA-1,2026-08-03 10:00:00 UTC,2026-08-03 11:00:00 UTC,2.5,USD,[],202608,2026-08-04 02:00:00 UTC\n",
    ),
    "oci_cost_report": (
        "oci.csv",
        "lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,cost/productSku,cost/myCost,cost/currencyCode\n"
        "ocid1.tenancy.oc1..a,2026-08-03T10:00Z,2026-08-03T11:00:00Z,B98415,80,USD\n",
    ),
    "oci_focus": (
        "oci_focus.csv",
        "BillingAccountId,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,BillingCurrency,"
        "BilledCost,EffectiveCost,oci_ReferenceNumber\n"
        "1,2026-08-01T00:00Z,2026-09-01T00:00Z,2026-08-03T10:00Z,2026-08-03T11:00Z,Usage,USD,80,0,r\n",
    ),
    "gpu_model": ("gpu_model.csv", (BUNDLED / "reference/gpu_models.csv").read_text()),
}  # fmt: skip
# Formats whose files carry part of the content in their names.
NAMED_BY_TIME = {"prometheus_text": "the time of the scrape", "ec2_instances_csv": "the day of the export"}


def settings_of(folder: Path) -> Settings:
    """Settings of a home in a test's folder."""
    return Settings(home=folder / "home", min_free_disk_bytes=0)


def candidates(root: Path) -> list[Candidate]:
    """Every file under a folder, named from the folder on."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [Candidate(path.relative_to(root.parent).as_posix(), path) for path in files]


def deliveries_under(root: Path) -> list[tuple[str, Claim]]:
    """What all sources claim of a folder, each on its own and shown everything."""
    look = candidates(root)
    return [(name, claim) for name, source in all_sources().items() for claim in source.claim(look)]


@cache
def bundled() -> tuple[tuple[str, Claim], ...]:
    """Every claim on the bundled samples."""
    return tuple(deliveries_under(SAMPLES))


def one_delivery(name: str, folder: Path) -> Path:
    """The smallest delivery of a source, alone in a new folder with its files in their places."""
    own = [claim for source, claim in bundled() if source == name]
    folder.mkdir(parents=True)
    if not own:
        file, text = WITHOUT_SAMPLE[name]
        (folder / file).write_text(text)
        return folder
    smallest = min(own, key=lambda claim: sum(file.path.stat().st_size for file in claim.files))
    for file in smallest.files:
        target = folder / file.path.relative_to(SAMPLES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file.path, target)
    return folder


def data_files(name: str, folder: Path) -> list[Path]:
    """Files of a delivery that hold rows: those its reading scans."""
    return [part.file.path for part in all_sources()[name].read(delivery_in(name, folder)).parts]


def delivery_in(name: str, folder: Path) -> Delivery:
    """The one delivery in a folder, before it lands."""
    source = all_sources()[name]
    (claim,) = source.claim(candidates(folder))
    files = tuple(LandedFile(file.name, file.path, file.name, file.path.stat().st_size) for file in claim.files)
    return Delivery("d", source.KIND, name, claim.description, ARRIVAL, files, claim.options)


def rows_of(name: str, folder: Path) -> list[tuple[object, ...]]:
    """Every row, kept and rejected, that the loader makes of the delivery in a folder."""
    source = all_sources()[name]
    delivery = delivery_in(name, folder)
    contract = contract_for(source.TABLE)
    with (
        in_memory(settings_of(folder.parent)) as connection,
        opened(connection, delivery, contract, source.read(delivery)) as parts,
    ):
        every = " union all by name ".join(f"({part.sql})" for part in parts)
        return connection.execute(f"select * from ({every}) order by source_part, source_row").fetchall()


def add(folder: Path, *paths: Path, source: str | None = None) -> list[Added]:
    """Into the landing of a home beside the deliveries."""
    return landing.add(settings_of(folder), list(paths), received_at=ARRIVAL, source=source)


def is_packed(path: Path) -> bool:
    """Whether a file is in gzip."""
    return path.read_bytes()[:2] == b"\x1f\x8b"


def unpacked(path: Path) -> bytes:
    """A file's content without its gzip."""
    return gzip.decompress(path.read_bytes()) if is_packed(path) else path.read_bytes()


def write_like(path: Path, content: bytes) -> None:
    """Give a file other content, packed if it was."""
    path.write_bytes(gzip.compress(content) if is_packed(path) else content)


def names(values: Iterable[str]) -> list[str]:
    """For parameters: in a stable order."""
    return sorted(values)
