"""FOCUS 1.4 Contract Commitment out: what the register of lease contracts has signed, a row a step of its capacity.

What the register does not say stays null: a discount (there is no list price in it) and what else it applies to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.errors import NoDataError
from pipelines.settings import Settings
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.connect import reading_warehouse

FILE_NAME: Final = "focus-1.4-contract-commitment.parquet"
MONEY: Final = "decimal(38,18)"

# Hours owed whether used or not, at the price committed; what is paid at signature is a cost of the first step.
STEPS: Final = f"""
    with contracts as (
        select *, least(end_date, coalesce(terminated_date, end_date)) as left_date from raw.lease_contract
    ),
    stated as (
        select contract_id, start_date as from_date, date '0001-01-01' as stated_date, gpus from contracts
        union all
        select contract_id, greatest(ramps.from_date, contracts.start_date), ramps.from_date, ramps.gpus
        from raw.lease_contract_ramp as ramps inner join contracts using (contract_id)
    ),
    held as (
        select * from stated
        qualify row_number() over (partition by contract_id, from_date order by stated_date desc) = 1
    ),
    steps as (
        select contract_id, from_date, gpus as step_gpus,
            lead(from_date, 1, date '9999-12-31') over (partition by contract_id order by from_date) as next_date
        from held
    ),
    periods as (
        select contracts.*, steps.from_date, steps.step_gpus, least(steps.next_date, contracts.left_date) as to_date,
            coalesce(contracts.commitment_discount_id, contracts.contract_id) as commitment_id,
            deliveries.received_at,
            count(*) over (partition by contracts.contract_id) as steps_count,
            row_number() over (partition by contracts.contract_id order by steps.from_date) as step_index
        from contracts inner join steps using (contract_id)
        left join (
            select delivery_id, min(received_at) as received_at from meta.delivery group by delivery_id
        ) as deliveries using (delivery_id)
        where steps.from_date < contracts.left_date
    ),
    owed as (
        select *, date_diff('day', from_date, to_date) as period_days,
            case when step_index = 1 then upfront_usd else 0 end as period_upfront_usd,
            cast(step_gpus * 24 * date_diff('day', from_date, to_date) as decimal(18, 0))
                * cast(take_or_pay_frac as decimal(10, 9)) as owed_gpu_hours
        from periods
    )
    select *, cast(owed_gpu_hours * committed_price_usd_per_gpu_hour + period_upfront_usd as {MONEY}) as committed_usd
    from owed
"""

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "ContractId": ("varchar", "contract_id"),
    "ContractPeriodStart": ("timestamp", "start_date"),
    "ContractPeriodEnd": ("timestamp", "end_date"),
    # A bill names the contract; the steps of a ramp need names of their own.
    "ContractCommitmentId": (
        "varchar", "case when steps_count = 1 then commitment_id else commitment_id || '/' || from_date end"
    ),
    "ContractCommitmentDescription": ("varchar", "step_gpus || ' ' || gpu_model || ' in ' || jurisdiction"),
    "ContractCommitmentCategory": ("varchar", "'Usage'"),
    "ContractCommitmentType": ("varchar", "'Take or pay'"),
    # A lease is a right to machines, at a price that both signed; use may vary within what is settled together.
    "ContractCommitmentBenefitCategory": ("varchar", "'Availability'"),
    "ContractCommitmentOfferCategory": ("varchar", "'Negotiated'"),
    "ContractCommitmentModel": ("varchar", "'Discontinuous'"),
    "ContractCommitmentLifecycleStatus": (
        "varchar",
        "case when terminated_date <= as_of then 'Canceled' when to_date <= as_of then 'Expired' "
        "when from_date > as_of then 'Pending' else 'Active' end",
    ),
    "ContractCommitmentPeriodStart": ("timestamp", "from_date"),
    "ContractCommitmentPeriodEnd": ("timestamp", "to_date"),
    "ContractCommitmentDurationType": ("varchar", "period_days || if(period_days = 1, ' Day', ' Days')"),
    "ContractCommitmentFulfillmentInterval": ("varchar", "coalesce(fulfillment_interval, 'Monthly')"),
    "ContractCommitmentQuantity": (MONEY, "owed_gpu_hours"),
    "ContractCommitmentUnit": ("varchar", "'GPU-Hours'"),
    "ContractCommitmentCost": (MONEY, "committed_usd"),
    "BillingCurrency": ("varchar", "'USD'"),
    "PricingCurrencyContractCommitmentCost": (MONEY, "committed_usd"),
    "PricingCurrency": ("varchar", "'USD'"),
    "ContractCommitmentPaymentModel": (
        "varchar",
        "case when period_upfront_usd = 0 then 'No Upfront' when period_upfront_usd = committed_usd then 'All Upfront' "
        "else 'Partial Upfront' end",
    ),
    "ContractCommitmentPaymentInterval": (
        "varchar",
        "case when period_upfront_usd = committed_usd or fulfillment_interval = 'Full Period' then 'One-Time' "
        "else coalesce(fulfillment_interval, 'Monthly') end",
    ),
    "ContractCommitmentPaymentUpfrontPercentage": (
        "decimal(10,9)", "case when committed_usd = 0 then 0 else period_upfront_usd / committed_usd end"
    ),
    "ContractCommitmentDiscountPercentage": ("decimal(10,9)", "null"),
    "ContractCommitmentApplicability": ("varchar", "null"),
    "InvoiceIssuerName": ("varchar", "counterparty"),
    "ServiceProviderName": ("varchar", "counterparty"),
    # The register is as old as the delivery that brought it.
    "ContractCommitmentCreated": ("timestamp", "received_at"),
    "ContractCommitmentLastUpdated": ("timestamp", "received_at"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportedCommitments:
    """A file written.

    Attributes:
        path: it.
        contracts, commitments: how many; a contract has a commitment for each step of its capacity.
        committed_usd: owed over all terms, used or not.
    """

    path: Path
    contracts: int
    commitments: int
    committed_usd: Decimal


def export_commitments(settings: Settings, folder: Path, *, as_of: date) -> ExportedCommitments:
    """Write every contract of the register.

    Args:
        settings: the home.
        folder: where to.
        as_of: the day that tells pending, active and expired commitments apart.

    Raises:
        NoDataError: the register has no contracts.
        LockedError: the warehouse is being written.
    """
    columns = ", ".join(f"cast({sql} as {kind}) as {quote(name)}" for name, (kind, sql) in COLUMNS.items())
    rows = f"select {columns} from (select *, date '{as_of}' as as_of from ({STEPS}))"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    partial = path.with_suffix(".writing")
    with reading_warehouse(settings) as connection:
        connection.execute(
            f"copy ({rows} order by ContractId, ContractCommitmentPeriodStart) to {literal(str(partial))} "
            "(format parquet, compression zstd)"
        )
        found = connection.execute(
            "select count(distinct ContractId), count(*), sum(ContractCommitmentCost) "
            f"from read_parquet({literal(str(partial))})"
        ).fetchone()
    if found is None or not found[1]:
        partial.unlink()
        raise NoDataError("no lease contracts", next_step="add a register of them: tenure add lease_contract.csv")
    partial.replace(path)
    return ExportedCommitments(path, *found)
