"""A delivery's files into the temporary table `incoming`: mapped, judged, counted.

Belongs here: reading a part as its source says, and telling kept rows from rejected ones. Not here: which delivery is
the latest (`load`), what a column means (sources).
"""

from __future__ import annotations

import re

import duckdb

from pipelines.contracts import LINEAGE, Contract, contract_for
from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.settings import Settings
from pipelines.sources import Source, source_named
from pipelines.sources.files import line_of_row
from pipelines.sources.model import Contents, Delivery, Expression, Reading, Rows, Scan
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.connect import in_memory

INCOMING = "temp.incoming"
LINEAGE_NAMES = tuple(column.name for column in LINEAGE)

# What dates a row: the days whose models it touches, and how far its data reach.
PERIOD_COLUMNS = {
    "raw.cost_line": (
        "least(charge_period_start, billing_period_start)",
        "greatest(charge_period_start + interval 1 day, billing_period_end)",
    ),
    # A sample is also what the first of the next day is measured against.
    "raw.gpu_sample": ("sampled_at - interval 1 day", "sampled_at + interval 1 day"),
    "raw.price_point": ("observed_at", "observed_at + interval 1 second"),
    "raw.asset": ("ordered_date", "ordered_date + 1"),
}
NO_PERIOD = ("cast(null as timestamp)", "cast(null as timestamp)")
DATA_UNTIL = {
    "raw.cost_line": "max(charge_period_end) filter (where charge_category = 'Usage')",
    "raw.gpu_sample": "max(sampled_at)",
    "raw.price_point": "max(observed_at)",
}


def collect(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Source, contract: Contract, reading: Reading
) -> None:
    """Read every part into the temporary table `incoming`: contract columns, then reason and value of a rejection."""
    columns = ",\n".join(f"{quote(column.name)} {column.type}" for column in contract.columns)
    connection.execute(
        f"create or replace temp table incoming ({columns}, reject_reason varchar, reject_value varchar, "
        "reject_cost decimal(38,18))"
    )
    for part in reading.parts:
        fixed = {"delivery_id": literal(delivery.delivery_id), "source_part": literal(part.file.name)}
        if "source" in contract.by_name:
            fixed["source"] = literal(delivery.source)
        if isinstance(part, Scan):
            _collect_scan(connection, contract, part, fixed)
        else:
            _collect_rows(connection, contract, part, fixed)


def _collect_scan(connection: duckdb.DuckDBPyConnection, contract: Contract, part: Scan, fixed: dict[str, str]) -> None:
    before = _count(connection, INCOMING)
    mapped: list[str] = []
    for column in contract.columns:
        if column.name in fixed:
            value = fixed[column.name]
        elif column.name == "source_row":
            value = "row_number() over ()" if part.layout else "file_row_number + 1"
        else:
            value = part.select.get(column.name, Expression("null")).sql
        mapped.append(f"cast({value} as {column.type}) as {quote(column.name)}")
    raws = {name: expression.raw for name, expression in part.select.items() if expression.raw}
    mapped += [f"{raw} as {quote('raw:' + name)}" for name, raw in raws.items()]
    reason, value = _judgement(contract, raws, part)
    cost = quote("billed_cost") if "billed_cost" in contract.by_name else "null"
    try:
        connection.execute(
            f"insert into {INCOMING} "
            f"with mapped as (select {', '.join(mapped)} from {_reader(part)}), "
            f"judged as (select *, {reason} as reject_reason, {value} as reject_value from mapped) "
            f"select {', '.join(quote(name) for name in contract.names)}, reject_reason, reject_value, "
            f"case when reject_reason is not null then {cost} end from judged"
        )
    except duckdb.Error as error:
        raise _input_error(part, error) from error
    rows = _count(connection, INCOMING) - before
    if part.expected_rows is not None and rows != part.expected_rows:
        raise IncompleteDeliveryError(
            f"the manifest promises {part.expected_rows:,} rows, the file holds {rows:,}",
            file=part.file.name,
            next_step="copy the delivery again",
        )


def _collect_rows(connection: duckdb.DuckDBPyConnection, contract: Contract, part: Rows, fixed: dict[str, str]) -> None:
    given = set(part.frame.columns)
    values = [
        f"cast({fixed.get(column.name) or (quote(column.name) if column.name in given else 'null')} as {column.type})"
        for column in contract.columns
    ]
    connection.register("part_rows", part.frame.to_arrow())
    connection.execute(f"insert into {INCOMING} select {', '.join(values)}, null, null, null from part_rows")
    connection.unregister("part_rows")
    if part.rejected is not None and not part.rejected.is_empty():
        connection.register("part_rejected", part.rejected.to_arrow())
        connection.execute(
            f"insert into {INCOMING} by name select {fixed['delivery_id']} as delivery_id, "
            f"{fixed['source_part']} as source_part, source_row, reason as reject_reason, "
            "offending_value as reject_value, billed_cost as reject_cost from part_rejected"
        )
        connection.unregister("part_rejected")


def _judgement(contract: Contract, raws: dict[str, str], part: Scan) -> tuple[str, str]:
    """SQL of the reason a mapped row is rejected for (null: it is kept), and of the value at fault."""
    reasons: list[tuple[str, str, str]] = []
    for column in contract.columns:
        if column.name in LINEAGE_NAMES:
            continue
        name = quote(column.name)
        if column.name in raws:
            raw = quote("raw:" + column.name)
            reasons.append((f"{raw} is not null and {name} is null", f"{column.name}: not a {column.type}", raw))
        if not column.nullable:
            reasons.append((f"{name} is null", f"{column.name}: missing", "null"))
        if column.minimum is not None:
            reasons.append((f"{name} < {column.minimum}", f"{column.name}: below {column.minimum}", name))
        if column.maximum is not None:
            reasons.append((f"{name} > {column.maximum}", f"{column.name}: above {column.maximum}", name))
        if column.allowed:
            words = ", ".join(literal(word) for word in column.allowed)
            reasons.append((f"{name} not in ({words})", f"{column.name}: none of {', '.join(column.allowed)}", name))
    reasons += [(condition, reason, "null") for reason, condition in part.reject.items()]
    if not reasons:
        return "cast(null as varchar)", "cast(null as varchar)"
    why = " ".join(f"when {condition} then {literal(reason)}" for condition, reason, _ in reasons)
    what = " ".join(f"when {condition} then cast({value} as varchar)" for condition, _, value in reasons)
    return f"case {why} end", f"case {what} end"


def _reader(part: Scan) -> str:
    # DuckDB takes a file's name for a pattern: `focus[1].csv` would read `focus1.csv`.
    path = literal(re.sub(r"[*?\[]", r"[\g<0>]", str(part.file.path)))
    if part.layout is None:
        return f"read_parquet({path}, file_row_number = true)"
    layout = part.layout
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(layout.header)))
    return (
        f"read_csv({path}, auto_detect = false, header = false, skip = {layout.lines_before_data}, "
        f"columns = {{{columns}}}, delim = {literal(layout.delimiter)}, quote = '\"', escape = '\"', "
        f"compression = '{layout.compression}', encoding = {literal(layout.encoding)}, "
        "strict_mode = true, null_padding = false, max_line_size = 16777216)"
    )


def _input_error(part: Scan, error: duckdb.Error) -> InputError:
    """DuckDB's error about a file, in the house's words. Its line counts from the header's line."""
    message = str(error)
    line = re.search(r"Line: (\d+)", message)
    first = message.splitlines()[0]
    columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if columns:
        first = f"the line has {columns[2]} of {columns[1]} columns; the file is cut or a line is damaged"
    elif "unterminated quote" in message.lower():
        first = "a quoted value does not end; the file is cut or a line is damaged"
    return InputError(
        first,
        file=part.file.name,
        line=int(line[1]) if line else None,
        next_step="copy the file again from where it was exported; nothing of this delivery was loaded",
    )


def check_rejects(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, reading: Reading, settings: Settings
) -> None:
    """Refuse the delivery where rejected rows hold too much of its cost, or a cost nobody can read.

    Raises:
        InputError: names the first such row by file and line.
    """
    total, rejected, unread = connection.execute(  # type: ignore[misc]
        "select count(*), count(reject_reason), "
        f"count(*) filter (reject_reason is not null and reject_cost is null) from {INCOMING}"
    ).fetchone()
    if not rejected:
        return
    costs_money = "billed_cost" in contract_for(source_named(delivery.source).TABLE).by_name
    share = 1.0
    if costs_money and not unread:
        (share,) = connection.execute(  # type: ignore[misc]
            "select coalesce(cast(sum(abs(reject_cost)) as double) "
            "/ nullif(cast(sum(abs(billed_cost)) as double), 0), 0) "
            f"from {INCOMING}"
        ).fetchone()
    elif not costs_money:
        share = rejected / total
    if share <= settings.max_rejected_cost_frac and not (costs_money and unread):
        return
    name, row, reason, value = connection.execute(  # type: ignore[misc]
        f"select source_part, source_row, reject_reason, reject_value from {INCOMING} "
        "where reject_reason is not null order by source_part, source_row limit 1"
    ).fetchone()
    shown = f" (value {value!r})" if value is not None else ""
    raise InputError(
        f"{reason}{shown}; {rejected:,} of {total:,} rows cannot be kept",
        file=name,
        line=_line(reading, name, row),
        next_step="mend or export the file again; nothing of this delivery was loaded",
    )


def check_not_empty(connection: duckdb.DuckDBPyConnection, delivery: Delivery, reading: Reading) -> None:
    """Refuse a delivery without data rows, which is legal only where its manifest promises none.

    Raises:
        InputError: nothing says that it should be empty.
    """
    is_promised = all(isinstance(part, Scan) and part.expected_rows == 0 for part in reading.parts)
    if not _count(connection, INCOMING) and not (reading.parts and is_promised):
        raise InputError(
            "the delivery holds no data rows, and no manifest says that it should",
            file=delivery.files[0].name,
            next_step="export it again, or leave it out until there is data",
        )


def _line(reading: Reading, name: str, row: int) -> int | None:
    for part in reading.parts:
        if part.file.name == name and isinstance(part, Scan) and part.layout:
            return line_of_row(part.file, part.layout, row)
    return None


def contents(connection: duckdb.DuckDBPyConnection, contract: Contract) -> Contents:
    """What `incoming` holds."""
    start, end = PERIOD_COLUMNS.get(contract.table, NO_PERIOD)
    cost = "sum(billed_cost)" if "billed_cost" in contract.by_name else "null"
    kept = "filter (where reject_reason is null)"
    rows, rejected, billed, first, last, until = connection.execute(  # type: ignore[misc]
        f"select count(*) {kept}, count(reject_reason), {cost + ' ' + kept if cost != 'null' else cost}, "
        f"cast(min({start}) as date), cast(max({end}) + interval 1 day - interval 1 microsecond as date), "
        f"{DATA_UNTIL.get(contract.table, 'cast(null as timestamp)')} from {INCOMING}"
    ).fetchone()
    return Contents(rows, rejected, billed, first, last, until)


def inspect(delivery: Delivery, settings: Settings) -> Contents:
    """Read a delivery as loading would, and keep nothing: what is wrong with it shows before it is accepted.

    Raises:
        InputError: it could not be loaded.
    """
    source = source_named(delivery.source)
    contract = contract_for(source.TABLE)
    reading = source.read(delivery)
    with in_memory(settings) as connection:
        collect(connection, delivery, source, contract, reading)
        check_not_empty(connection, delivery, reading)
        check_rejects(connection, delivery, reading, settings)
        return contents(connection, contract)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[misc]
    return int(count)
