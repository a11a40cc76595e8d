"""Rules that turn labels, tags and accounts into workloads, by priority and date."""

from pipelines.contracts import LINEAGE, Column, Contract

WORKLOAD_KINDS = ("pre-training", "fine-tuning", "inference", "other")

CONTRACT = Contract(
    table="raw.workload_rule",
    grain="One row per rule.",
    key=("rule_id",),
    columns=(
        *LINEAGE,
        Column("rule_id", "VARCHAR", "Rule.", nullable=False),
        Column("priority_index", "INTEGER", "Lowest wins.", nullable=False, minimum=0),
        Column("workload", "VARCHAR", "Workload the match belongs to.", nullable=False),
        Column("workload_kind", "VARCHAR", "What it does.", nullable=False, allowed=WORKLOAD_KINDS),
        Column("match_field", "VARCHAR", "namespace, pod, job_id (labels); job_name, user_name, account, partition (scheduler); service, model_name (serving); resource_id, sub_account_id, service_name, or tag:<key> (bills).", nullable=False),
        Column("match_pattern", "VARCHAR", "Regular expression that must match the whole value.", nullable=False),
        Column("valid_from_date", "DATE", "First day the rule holds; null: always did."),
        Column("valid_to_date", "DATE", "First day it no longer holds; null: still does."),
    ),
)
