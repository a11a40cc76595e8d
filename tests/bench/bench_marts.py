"""Cost by workload of a month of lines with 200 workloads: the models and their tests, against one script by hand.

The script does what the three marts say of leased cost in USD: rules for workloads by regular expression, with priority
and dates, over one tag, accounts and services; unused commitments; exact money, and shares that add up by largest
remainder. Its rows are compared with the models', each to the last place, before anything is timed. It does not know of
telemetry, schedulers, owned hardware, contracts, other currencies, rules for tags or for resources, drivers of shared
cost, hours billed by the GPU or what is served; it builds a month whole, keeps nothing for other questions (invoices,
commitments, tags) and tests nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from _history import LAST_MONTH, MEMORY_LIMIT, build, make, settings_of

ROWS = 20_000_000
GOAL_RATIO = 1.5

SCRIPT = Path(__file__).with_name("marts_by_hand.sql")
MARTS = ("fct_allocated_cost_daily", "fct_workload_tco_daily", "fct_unit_cost_daily")


def _home(folder: Path, rows: int) -> Path:
    return folder / f"month-{rows}"


def prepare(folder: Path, rows: int) -> None:
    """Make the warehouse, once."""
    make(_home(folder, rows), rows, LAST_MONTH)


def ours(folder: Path, scratch: Path, rows: int) -> float:
    """The models of the month, with their tests; nothing is written to scratch. Gives the seconds of dbt's nodes."""
    del scratch
    return build(_home(folder, rows), LAST_MONTH, full_refresh=True)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """One script."""
    with _script(folder, scratch, rows):
        pass


def check(folder: Path, scratch: Path, rows: int) -> None:
    """Refuse to time what is not the same: every row of both sides, in the columns that the script has."""
    build(_home(folder, rows), LAST_MONTH, full_refresh=True)
    with _script(folder, scratch, rows) as connection:
        for mart in MARTS:
            columns = ", ".join(row[0] for row in connection.execute(f"describe {mart}").fetchall())
            mine, theirs = f"select {columns} from warehouse.marts.{mart}", f"select {columns} from {mart}"
            (apart,) = connection.execute(
                f"select count(*) from (({mine} except all {theirs}) union all ({theirs} except all {mine}))"
            ).fetchone()
            if apart:
                raise SystemExit(f"{mart}: {apart:,} rows stand on one side only")


@contextmanager
def _script(folder: Path, scratch: Path, rows: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(scratch / "plain.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = 2")
        connection.execute(f"attach '{settings_of(_home(folder, rows)).paths.database}' as warehouse (read_only)")
        connection.execute(SCRIPT.read_text())
        yield connection
