"""By what shared cost is split over workloads, by provider, service and date."""

from pipelines.contracts import LINEAGE, Column, Contract

DRIVERS = ("gpu_hours", "direct_cost", "equal", "energy", "tagged_cost", "workload")

CONTRACT = Contract(
    table="raw.shared_cost_driver",
    grain="One row per rule.",
    key=("rule_id",),
    columns=(
        *LINEAGE,
        Column("rule_id", "VARCHAR", "Rule.", nullable=False),
        Column("priority_index", "INTEGER", "Lowest wins.", nullable=False, minimum=0),
        Column("valid_from_date", "DATE", "First day of charges the rule holds for; null: always did."),
        Column("valid_to_date", "DATE", "First day it no longer holds for; null: still does."),
        Column("provider_pattern", "VARCHAR", "Regular expression (RE2) that must match the whole name of the provider; null: any."),
        Column("service_category_pattern", "VARCHAR", "The same for the service category, as Storage or Networking; null: any."),
        Column("service_pattern", "VARCHAR", "The same for the service; null: any."),
        Column("charge_category_pattern", "VARCHAR", "The same for the charge category, as Tax or Credit; null: any."),
        Column("driver", "VARCHAR", "By what the cost is split: GPU time held, direct cost, equal parts, energy of the GPUs, lines of the same service that name a workload, or one workload.", nullable=False, allowed=DRIVERS),
        Column("workload", "VARCHAR", "Who bears it all; of the driver workload."),
        Column("owner", "VARCHAR", "Who answers for the rule."),
        Column("reference", "VARCHAR", "Where it was agreed."),
    ),
)
