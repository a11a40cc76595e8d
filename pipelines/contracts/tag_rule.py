"""Rules that give tags one key and one spelling, over history too: by priority and date, beside untouched tags."""

from pipelines.contracts import LINEAGE, Column, Contract

RULE_KINDS = ("rename", "fallback", "regex", "account_default")

CONTRACT = Contract(
    table="raw.tag_rule",
    grain="One row per rule.",
    key=("rule_id",),
    columns=(
        *LINEAGE,
        Column("rule_id", "VARCHAR", "Rule.", nullable=False),
        Column("priority_index", "INTEGER", "Lowest wins.", nullable=False, minimum=0),
        Column("valid_from_date", "DATE", "First day of charges the rule holds for; null: always did."),
        Column("valid_to_date", "DATE", "First day it no longer holds for; null: still does."),
        Column("tag_key", "VARCHAR", "Key that the rule gives a value to; case-sensitive.", nullable=False),
        Column("rule_kind", "VARCHAR", "Where the value comes from.", nullable=False, allowed=RULE_KINDS),
        Column("source_key", "VARCHAR", "Tag as delivered that is read; of all kinds but account_default."),
        Column("match_pattern", "VARCHAR", "Regular expression (RE2) that must match the whole value; of regex."),
        Column("replacement", "VARCHAR", "What becomes of the value, with \\1 for the first group; of regex."),
        Column("sub_account_id", "VARCHAR", "Account whose lines it is for; null: all; of account_default."),
        Column("default_value", "VARCHAR", "Value of lines that have none; of account_default."),
    ),
)
