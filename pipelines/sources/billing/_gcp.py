"""What Google Cloud's own words mean: credits, labels, SKUs of GPUs and of commitments.

Belongs here: SQL over an export's fields. Not here: which contract column it goes to.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._gcp_fields import records
from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, literal, money

# Credits for a commitment that is paid by lines of its own, and credits that lower the price itself. What is neither
# (PROMOTION, CREDIT_TYPE_UNSPECIFIED, types to come) is money given back: in the billed cost, and in no price.
SPEND_CREDITS: Final = ("COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE", "FEE_UTILIZATION_OFFSET")
COMMITMENT_CREDITS: Final = ("COMMITTED_USAGE_DISCOUNT", *SPEND_CREDITS)
PRICE_CREDITS: Final = (
    "DISCOUNT",
    "FREE_TIER",
    "RESELLER_MARGIN",
    "SPENDING_BASED_DISCOUNT",
    "SUBSCRIPTION_BENEFIT",
    "SUSTAINED_USAGE_DISCOUNT",
)

# What a GPU's SKU calls it → its name among Google's accelerator types, in the order to be tried.
ACCELERATORS: Final = {
    r"h100 80gb mega": "nvidia-h100-mega-80gb",
    r"h100": "nvidia-h100-80gb",
    r"h200": "nvidia-h200-141gb",
    r"gb300": "nvidia-gb300",
    r"gb200": "nvidia-gb200",
    r"b200": "nvidia-b200",
    r"a100 80gb": "nvidia-a100-80gb",
    r"a100": "nvidia-tesla-a100",
    r"rtx (?:pro )?6000": "nvidia-rtx-pro-6000",
    r"l4": "nvidia-l4",
    r"t4": "nvidia-tesla-t4",
    r"v100": "nvidia-tesla-v100",
    r"p100": "nvidia-tesla-p100",
    r"p4": "nvidia-tesla-p4",
    r"k80": "nvidia-tesla-k80",
}
_GPU: Final = r"\bnvidia .*\bgpu\b|\b[a-z]+\d+ \d+gb gpu\b|\(\d+ gpu slice\)|\brtx (?:pro )?6000 96gb\b"
# Fees for software on a GPU, or for managing it, repeat its hours.
_NO_GPU: Final = r"licen[cs]|workstation|\bfee\b|\bpremium\b|\bmcpu\b"
_GPU_MACHINE: Final = r"^(?:a[2-9]x?|g[2-9])-"
_PART_OF_GPU_MACHINE: Final = r"\b(?:a[2-9]\w*|g[2-9]) (?:custom )?instance (?:core|ram)\b"
_COMMITMENT: Final = r"^commitment\b"
_UNIQUE: Final = r"^[A-Za-z0-9-]+$"

MACHINE_SPEC: Final = "compute.googleapis.com/machine_spec"
RESERVATION: Final = "compute.googleapis.com/reservation_name"
RESERVATION_PROJECT: Final = "compute.googleapis.com/reservation_project_id"
UNUSED_RESERVATION: Final = "compute.googleapis.com/is_unused_reservation"

# 1 / 10^18: the last place of a money column.
_LAST_PLACE: Final = "cast('0.000000000000000001' as decimal(18,18))"


def _is_unreadable(fields: Fields, name: str) -> str:
    return f"({fields.get(name)} is not null and {records(fields, name)} is null)"


def credits(fields: Fields, *types: str) -> str:
    """SQL list of a line's credits, of some types only where given: id, name, full_name, type, amount as text."""
    found = f"coalesce({records(fields, 'credits')}, [])"
    if not types:
        return found
    names = ", ".join(map(literal, types))
    return f"list_filter({found}, lambda credit: credit.type in ({names}))"


def credit_total(fields: Fields, *types: str) -> str:
    """SQL of the sum of a line's credits, negative; null where one of them cannot be read. Units: billing currency."""
    amounts = f"list_transform({credits(fields, *types)}, lambda credit: {money('credit.amount').sql})"
    total = f"coalesce(list_sum({amounts}), 0)"
    is_broken = f"{_is_unreadable(fields, 'credits')} or list_count({amounts}) < len({amounts})"
    return f"case when {is_broken} then null else cast({total} as decimal(38,18)) end"


def price_details(fields: Fields) -> str:
    """SQL of JSON text: the sum of each type of credit, and the consumption model; null where there is neither."""
    found = credits(fields)
    kind = "coalesce(credit.type, 'CREDIT_TYPE_UNSPECIFIED')"
    kinds = f"list_sort(list_distinct(list_transform({found}, lambda credit: {kind})))"
    amount = (
        f"list_sum(list_transform(list_filter({found}, lambda credit: {kind} = name), "
        f"lambda credit: {money('credit.amount').sql}))"
    )
    sums = (
        f"list_transform({kinds}, lambda name: struct_pack(k := 'x_Credit_' || name, v := cast({amount} as varchar)))"
    )
    model = fields.get("consumption_model_description")
    models = f"case when {model} is null then [] else [struct_pack(k := 'x_ConsumptionModel', v := {model})] end"
    every = f"list_concat({sums}, {models})"
    return f"case when len({every}) > 0 then cast(to_json(map_from_entries({every})) as varchar) end"


def label(fields: Fields, key: str) -> str:
    """SQL of the value of a system label."""
    return f"list_filter({records(fields, 'system_labels')}, lambda entry: entry.key = {literal(key)})[1].value"


def tags(fields: Fields) -> Expression:
    """All labels and tags in one map; of a key that is repeated the first value.

    A resource's labels and the system's keep their keys. A project's labels get `project:` and resource manager's tags
    `tag:` before theirs, which no label can have: colons are not allowed in them.
    """
    prefixes = {"labels": "", "system_labels": "", "project_labels": "project:", "tags": "tag:"}
    lists = [
        f"list_transform(coalesce({records(fields, name)}, []), "
        f"lambda entry: struct_pack(k := {literal(prefix)} || entry.key, v := entry.value))"
        for name, prefix in prefixes.items()
    ]
    every = (
        f"list_filter(flatten([{', '.join(lists)}]), "
        "lambda entry: entry.k is not null and entry.v is not null and entry.v <> '')"
    )
    keys = "list_transform(entries, lambda entry: entry.k)"
    first = f"list_filter(entries, lambda entry, position: list_position({keys}, entry.k) = position)"
    is_broken = " or ".join(_is_unreadable(fields, name) for name in prefixes)
    texts = ", ".join(fields.get(name) for name in prefixes)
    return Expression(
        f"case when {is_broken} then null "
        f"else map_from_entries(list_transform([{every}], lambda entries: {first})[1]) end",
        raw=f"nullif(concat_ws(' ', {texts}), '')",
    )


def hours_of_seconds(sql: str) -> str:
    """SQL of seconds as text in hours, DECIMAL, to the last of 18 places: a DECIMAL divided is a DOUBLE in DuckDB."""
    return f"cast(({_last_places(sql)} // 3600) as decimal(38,0)) * {_LAST_PLACE}"


def one_over(sql: str) -> str:
    """SQL of 1/x, DECIMAL, to the last of 18 places; null where x is not above zero."""
    scaled = _last_places(sql)
    one = f"cast({literal('1' + 36 * '0')} as hugeint)"
    return f"case when {scaled} > 0 then cast(({one} + {scaled} // 2) // {scaled} as decimal(38,0)) * {_LAST_PLACE} end"


def _last_places(sql: str) -> str:
    """A number as text in units of the last of 18 places: its decimal point taken out."""
    return f"cast(replace(cast({money(sql).sql} as varchar), '.', '') as hugeint)"


def is_fee(fields: Fields) -> str:
    """SQL condition: the line is the fee of a commitment, not its use."""
    return f"regexp_matches(coalesce({fields.get('sku_description')}, ''), {literal(_COMMITMENT)}, 'i')"


def is_spot(fields: Fields) -> str:
    """SQL condition: the SKU is for capacity that may be taken away."""
    return rf"regexp_matches(coalesce({fields.get('sku_description')}, ''), '\b(?:spot|preemptible)\b', 'i')"


def is_gpu(fields: Fields) -> str:
    """SQL condition: the SKU is a GPU by the hour."""
    sku = f"coalesce({fields.get('sku_description')}, '')"
    return (
        f"({fields.get('usage_unit')} = 'seconds' and regexp_matches({sku}, {literal(_GPU)}, 'i') "
        f"and not regexp_matches({sku}, {literal(_NO_GPU)}, 'i'))"
    )


def is_part_of_gpu_machine(fields: Fields) -> str:
    """SQL condition: the line is about a machine that cannot be had without GPUs."""
    sku = f"coalesce({fields.get('sku_description')}, '')"
    return f"({_is_gpu_machine(fields)} or regexp_matches({sku}, {literal(_PART_OF_GPU_MACHINE)}, 'i'))"


def _is_gpu_machine(fields: Fields) -> str:
    return f"regexp_matches(coalesce({label(fields, MACHINE_SPEC)}, ''), {literal(_GPU_MACHINE)})"


def machine(fields: Fields) -> str:
    """SQL of the machine type; for a GPU attached to a machine that comes without, the name of the GPU's type."""
    sku = f"lower({fields.get('sku_description')})"
    names = " ".join(
        rf"when regexp_matches({sku}, '\b{pattern}\b') then {literal(name)}" for pattern, name in ACCELERATORS.items()
    )
    spec = label(fields, MACHINE_SPEC)
    is_attached = f"{is_gpu(fields)} and not {_is_gpu_machine(fields)}"
    return f"case when {is_attached} then case {names} else {spec} end else {spec} end"


def commitment_credit(fields: Fields, key: str) -> str:
    """SQL of a member of the first credit for a commitment."""
    return f"({credits(fields, *COMMITMENT_CREDITS)})[1].{key}"


def commitment_id(fields: Fields) -> str:
    """SQL of the commitment: its subscription, else the credit's id where that is one and not a description."""
    credit = commitment_credit(fields, "id")
    unique = f"case when regexp_matches({credit}, {literal(_UNIQUE)}) then {credit} end"
    return f"coalesce({fields.get('subscription_instance_id')}, {unique})"


def is_covered(fields: Fields) -> str:
    """SQL condition: a commitment lowers what the usage costs, by a credit or by the consumption model's price."""
    model = f"coalesce({fields.get('consumption_model_description')}, '')"
    by_model = rf"regexp_matches({model}, '\bCUDs?\b|committed use', 'i')"
    return f"(not {is_fee(fields)} and (len({credits(fields, *COMMITMENT_CREDITS)}) > 0 or {by_model}))"


def is_spend_based(fields: Fields) -> str:
    """SQL condition: the commitment is to spend, not to use."""
    kind = commitment_credit(fields, "type")
    types = ", ".join(map(literal, SPEND_CREDITS))
    by_fee = f"regexp_matches(coalesce({fields.get('sku_description')}, ''), '^commitment.*dollar', 'i')"
    by_model = f"({kind} is null and {fields.get('consumption_model_description')} is not null)"
    return f"(coalesce({kind} in ({types}), false) or {by_fee} or {by_model})"
