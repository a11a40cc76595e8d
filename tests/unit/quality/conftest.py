"""A warehouse in memory."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from _quality_tables import create


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set threads = 2")
        # The loader makes every table; the rates are read where there are none, too.
        create(connection, "raw.fx_rate")
        yield connection
