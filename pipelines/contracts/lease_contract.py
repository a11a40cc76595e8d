"""Signed lease contracts: the commitments a shift would break or let run out."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

INTERVALS = ("Monthly", "Quarterly", "Annual", "Full Period")

CONTRACT = Contract(
    table="raw.lease_contract",
    grain="One row per contract.",
    key=("contract_id",),
    columns=(
        *LINEAGE,
        Column("contract_id", "VARCHAR", "Contract.", nullable=False),
        Column("counterparty", "VARCHAR", "Lessor.", nullable=False),
        Column("jurisdiction", "VARCHAR", "Where the capacity stands.", nullable=False),
        Column("commitment_discount_id", "VARCHAR", "Its id on the cost lines, where it is billed. Where contracts of several counterparties have the same, a line is of the one that is its provider or issuer."),
        Column("gpu_model", "VARCHAR", "Joins raw.gpu_model.", nullable=False),
        Column("gpus", "INTEGER", "GPUs committed.", nullable=False, minimum=1),
        Column("start_date", "DATE", "First day.", nullable=False),
        Column("end_date", "DATE", "First day after the term.", nullable=False),
        Column("committed_price_usd_per_gpu_hour", MONEY, "Price of a committed GPU-hour.", nullable=False, minimum=0),
        Column("upfront_usd", MONEY, "Paid at signature.", nullable=False, minimum=0),
        Column("take_or_pay_frac", MONEY, "Share of the committed hours owed whether used or not.", nullable=False, minimum=0, maximum=1),
        Column("termination_fee_usd", MONEY, "Owed to leave early; null where leaving is not possible.", minimum=0),
        Column("terminated_date", "DATE", "First day no longer in force, where it was left early; the fee falls on it."),
        Column("fulfillment_interval", "VARCHAR", "How often use is settled against what is owed, from the start on; null: Monthly (FOCUS: ContractCommitmentFulfillmentInterval).", allowed=INTERVALS),
        Column("usage_location", "VARCHAR", "Where telemetry sees its GPUs run (provider or site), for days no bill tells of its use; null: unknown."),
    ),
)
