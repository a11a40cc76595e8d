"""Checks that a contract says by itself: not null, allowed values, bounds and the key, in one pass a table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from pipelines.contracts import LINEAGE, Column, Contract, all_contracts
from pipelines.quality.check import BETWEEN, IN_SET, NOT_NULL, UNIQUE, Check, Gate, Look
from pipelines.sources.sql import literal, quote

# Shipped reference and a home's own stand side by side in these; staging decides which of them holds. Their key tells
# rows apart within a delivery only.
KEY_WITHIN_DELIVERY: Final = frozenset({"raw.gpu_model", "raw.instance_type", "raw.node_type"})
LINEAGE_NAMES: Final = tuple(column.name for column in LINEAGE)


def contract_checks(look: Look, gate: Gate) -> list[Check]:
    """Checks of every contract table of the gate that holds rows: what Python delivered, or what it projected."""
    return [
        check
        for contract in all_contracts().values()
        if _belongs(contract.table, gate) and look.rows.get(contract.table)
        for check in _checks(look, contract)
    ]


def _belongs(table: str, gate: Gate) -> bool:
    if gate == "ingest":
        return table.startswith("raw.") or table == "meta.delivery"
    return table.startswith("projections.")


def _checks(look: Look, contract: Contract) -> Iterator[Check]:
    # What is told of a column with bounds is the lowest and highest of all its rows.
    of_files = contract.key == LINEAGE_NAMES and not any(map(_is_bounded, contract.columns))
    rows = look.fresh(contract.table) if of_files else contract.table
    facts = look.one(f"select {', '.join(_measures(contract, rows))} from {rows}")
    for column in contract.columns:
        if not column.nullable:
            yield _not_null(look, contract, column, facts)
        if column.allowed:
            yield _in_set(look, contract, column, facts)
        if _is_bounded(column):
            yield _between(look, contract, column, facts)
    yield _unique(look, contract, facts)


def _is_bounded(column: Column) -> bool:
    return column.minimum is not None or column.maximum is not None


def _value(column: Column) -> str:
    """SQL of the column's value. Not-a-number is no value: it would pass for larger than any bound."""
    name = quote(column.name)
    return f"nullif({name}, cast('nan' as double))" if column.type == "DOUBLE" else name


def _null(column: Column) -> str:
    return f"{_value(column)} is null"


def _outside(column: Column) -> str:
    limits = [f"{_value(column)} < {column.minimum}"] if column.minimum is not None else []
    limits += [f"{_value(column)} > {column.maximum}"] if column.maximum is not None else []
    return " or ".join(limits)


def _stranger(column: Column) -> str:
    return f"{quote(column.name)} not in ({', '.join(literal(word) for word in column.allowed)})"


def _measures(contract: Contract, rows: str) -> list[str]:
    """SQL of everything the checks of a table need, in one pass."""
    measures = {"rows": "count(*)", "keys": _keys_counted(contract, rows)}
    for column in contract.columns:
        name, value = column.name, _value(column)
        if not column.nullable:
            measures[f"null:{name}"] = f"count(*) - count({value})"
        if _is_bounded(column):
            measures[f"low:{name}"], measures[f"high:{name}"] = f"min({value})", f"max({value})"
            measures[f"outside:{name}"] = f"count(*) filter (where {_outside(column)})"
        if column.allowed:
            stranger = f"filter (where {_stranger(column)})"
            measures[f"strangers:{name}"] = f"count(*) {stranger}"
            measures[f"first:{name}"], measures[f"last:{name}"] = f"min({value}) {stranger}", f"max({value}) {stranger}"
    return [f"{sql} as {quote(alias)}" for alias, sql in measures.items()]


def _not_null(look: Look, contract: Contract, column: Column, facts: dict[str, Any]) -> Check:
    missing = facts[f"null:{column.name}"]
    return Check(
        table=contract.table,
        column=column.name,
        expectation=NOT_NULL,
        # A value that is there stands for all that are: which one it is decides nothing.
        evidence=("present", None if missing else "present"),
        expected="never null",
        observed=f"{missing:,} of {look.rows[contract.table]:,} rows are null",
        unexpected_rows=missing,
        next_step=_next_step(look, contract, _null(column) if missing else None),
    )


def _between(look: Look, contract: Contract, column: Column, facts: dict[str, Any]) -> Check:
    low, high = facts[f"low:{column.name}"], facts[f"high:{column.name}"]
    outside = facts[f"outside:{column.name}"]
    expected = [f"at least {column.minimum:g}"] if column.minimum is not None else []
    expected += [f"at most {column.maximum:g}"] if column.maximum is not None else []
    return Check(
        table=contract.table,
        column=column.name,
        expectation=BETWEEN,
        evidence=(low, high),
        expected=" and ".join(expected),
        observed=f"from {_shown(low)} to {_shown(high)}" if low is not None else "no values",
        unexpected_rows=outside,
        next_step=_next_step(look, contract, _outside(column) if outside else None),
        parameters={"min_value": column.minimum, "max_value": column.maximum},
    )


def _shown(number: object) -> str:
    """A number without the zeros of its scale."""
    return f"{number:f}".rstrip("0").rstrip(".") if isinstance(number, Decimal) else str(number)


def _in_set(look: Look, contract: Contract, column: Column, facts: dict[str, Any]) -> Check:
    strangers = facts[f"strangers:{column.name}"]
    first, last = facts[f"first:{column.name}"], facts[f"last:{column.name}"]
    named = repr(first) if first == last else f"{first!r}, {last!r}"
    return Check(
        table=contract.table,
        column=column.name,
        expectation=IN_SET,
        evidence=(first, last) if strangers else (column.allowed[0], column.allowed[0]),
        expected=f"one of {', '.join(column.allowed)}",
        observed=f"{strangers:,} rows with {named}" if strangers else "only these",
        unexpected_rows=strangers,
        next_step=_next_step(look, contract, _stranger(column) if strangers else None),
        parameters={"value_set": list(column.allowed)},
    )


def _key(contract: Contract) -> tuple[str, ...]:
    return ("delivery_id", *contract.key) if contract.table in KEY_WITHIN_DELIVERY else contract.key


def _keys_counted(contract: Contract, rows: str) -> str:
    """SQL of how many keys there are, at least. Equal keys have equal hashes, and rows of a file one bit each."""
    if contract.key != LINEAGE_NAMES:
        return f"count(distinct hash({', '.join(quote(name) for name in _key(contract))}))"
    return (
        "(select coalesce(sum(bit_count(rows_of_64)), 0) from ("
        f"select bit_or(cast(1 as ubigint) << (source_row & 63)) as rows_of_64 from {rows} "
        "group by delivery_id, source_part, source_row >> 6) as by_64)"
    )


def _unique(look: Look, contract: Contract, facts: dict[str, Any]) -> Check:
    # Only where not every row has told of a key of its own are the keys themselves compared.
    repeated, example = (0, None) if facts["keys"] == facts["rows"] else _repeated(look, contract)
    return Check(
        table=contract.table,
        column=", ".join(_key(contract)),
        expectation=UNIQUE,
        evidence=(example, example),
        expected=f"unique ({contract.grain.removesuffix('.')})",
        observed=f"{repeated:,} rows repeat a key, as {example}" if repeated else "every key once",
        unexpected_rows=repeated,
        next_step=_key_step(look, contract),
    )


def _repeated(look: Look, contract: Contract) -> tuple[int, str | None]:
    """Rows beyond the first of their key, and one such key."""
    names = ", ".join(quote(name) for name in _key(contract))
    text = ", ', ', ".join(f"coalesce(cast({quote(name)} as varchar), 'null')" for name in _key(contract))
    found = look.one(
        "select cast(coalesce(sum(key_rows - 1), 0) as bigint) as repeated, min(key_text) as key_text from "
        f"(select count(*) as key_rows, concat({text}) as key_text from {contract.table} "
        f"group by {names} having count(*) > 1)"
    )
    return found["repeated"], found["key_text"]


def _next_step(look: Look, contract: Contract, condition: str | None) -> str:
    """What to do about a row that meets the condition; names file and row where rows come from files."""
    if contract.table.startswith("projections."):
        return "a defect of the projection or of its scenario: mend it and project again"
    if condition is None or "source_part" not in contract.by_name:
        return _key_step(look, contract)
    row = look.one(
        f"select source_part, source_row, delivery_id from {contract.table} where {condition} "
        "order by source_part, source_row limit 1"
    )
    return (
        f"mend {row['source_part']} (row {row['source_row']}, delivery {row['delivery_id']}) and add it again with "
        "tenure add"
    )


def _key_step(look: Look, contract: Contract) -> str:
    if contract.table.startswith("projections."):
        return "a defect of the projection: project again"
    return f"delete {look.settings.paths.database} and refresh: everything is loaded again from landing"
