"""Rows whose words are kept once: what is put in comes out whole, and goes whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from _homes import ask, deliver, settings_of
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import Column, Contract
from pipelines.errors import StorageError
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing, stored
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import load

SAMPLE = Contract(
    table="raw.sample",
    grain="One row per file and row.",
    key=("file", "source_row"),
    columns=(
        Column("file", "VARCHAR", "File.", nullable=False),
        Column("source_row", "BIGINT", "Row.", nullable=False),
        Column("device", "VARCHAR", "Device."),
        Column("pod", "VARCHAR", "Pod."),
        Column("value", "DOUBLE", "Value."),
    ),
    series=("file", "device", "pod"),
)
Row = tuple[str, int, str | None, str | None, float | None]
ROWS: list[Row] = [
    ("f", 1, "a", None, 1.0), ("f", 2, "a", "p", 2.0), ("f", 3, None, "a", None), ("f", 4, "a", None, 4.0),
]  # fmt: skip


def put(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> int:
    """Add rows as a load would."""
    columns = ", ".join(f"{column.name} {column.type}" for column in SAMPLE.columns)
    connection.execute(f"create or replace temp table given_rows ({columns})")
    connection.executemany("insert into given_rows values (?, ?, ?, ?, ?)", rows)
    return stored.add(connection, SAMPLE, "select * from given_rows")


def rows_of(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """What a reader of the contract's name sees."""
    return connection.execute("select * from raw.sample order by all").fetchall()


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table."""
    (rows,) = connection.execute(f"select count(*) from {table}").fetchone()
    return int(rows)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    stored.create(made, SAMPLE)
    return made


def test_rows_come_out_as_they_went_in_and_each_combination_of_words_lies_there_once(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert put(connection, ROWS) == 4
    assert set(rows_of(connection)) == set(ROWS)
    assert count(connection, "raw.sample_series") == 3


def test_the_view_has_the_contracts_columns_and_types(connection: duckdb.DuckDBPyConnection) -> None:
    seen = connection.execute("select column_name, column_type from (describe raw.sample)").fetchall()
    assert seen == [(column.name, column.type) for column in SAMPLE.columns]


def test_the_same_words_added_later_do_not_double_what_was_there(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, ROWS)
    assert put(connection, [("f", 5, "a", None, 5.0)]) == 1
    assert len(rows_of(connection)) == 5


def test_what_is_deleted_leaves_neither_points_nor_words(connection: duckdb.DuckDBPyConnection) -> None:
    put(connection, ROWS)
    put(connection, [("g", 1, "a", None, 1.0)])
    stored.delete(connection, SAMPLE, "file = ?", ["f"])
    assert rows_of(connection) == [("g", 1, "a", None, 1.0)]
    assert (count(connection, "raw.sample_series"), count(connection, "raw.sample_point")) == (1, 1)


words = st.sampled_from([None, "", "a", "b"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["f", "g"]), st.integers(1, 9), words, words, st.one_of(st.none(), st.integers(0, 3))
        ),
        max_size=12,
    )
)
def test_any_rows_come_out_as_often_as_they_went_in(rows: list[Row]) -> None:
    with duckdb.connect() as connection:
        stored.create(connection, SAMPLE)
        halves = [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
        assert [put(connection, half) for half in halves if half] == [len(half) for half in halves if half]
        key = [tuple((value is not None, value) for value in row) for row in rows]
        assert sorted(tuple((v is not None, v) for v in row) for row in rows_of(connection)) == sorted(key)


def samples(path: Path, pod: str) -> Path:
    """Two samples of one device."""
    path.write_text(
        "sampled_at,gpu_uuid,pod,metric,value\n"
        f"2026-08-03T10:00:00Z,GPU-a,{pod},DCGM_FI_DEV_GPU_UTIL,10\n"
        f"2026-08-03T10:00:30Z,GPU-a,{pod},DCGM_FI_DEV_GPU_UTIL,20\n"
    )
    return path


def test_a_delivery_read_again_leaves_one_copy_of_its_samples(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    deliver(settings, samples(tmp_path / "one.csv", "x"))
    ingest.ingest(settings, "telemetry")
    ingest.ingest(settings, "telemetry", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert ask(settings, "select pod, value from raw.gpu_sample order by 2") == [("x", 10.0), ("x", 20.0)]
    assert ask(settings, "select count(*) from raw.gpu_sample_series") == [(1,)]


def test_a_warehouse_that_kept_whole_samples_is_dropped(tmp_path: Path) -> None:
    settings: Settings = settings_of(tmp_path)
    deliver(settings, samples(tmp_path / "one.csv", "x"))
    ingest.ingest(settings, "telemetry")
    with writing(settings) as connection:
        connection.execute("create table raw.whole as select * from raw.gpu_sample; drop view raw.gpu_sample")
        connection.execute("drop table raw.gpu_sample_series; drop table raw.gpu_sample_point")
        connection.execute("alter table raw.whole rename to gpu_sample")
    # A backfill before the first refresh must not begin a second, emptier store beside it.
    with pytest.raises(StorageError, match="is kept as an older version of tenure did"):
        ingest.ingest(settings, "telemetry", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert ingest.discard_outdated(settings)


def test_a_store_begun_beside_whole_samples_is_dropped_with_them(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    deliver(settings, samples(tmp_path / "one.csv", "x"))
    with writing(settings) as connection:
        connection.execute("drop view raw.gpu_sample; create table raw.gpu_sample (delivery_id varchar)")
    assert ingest.discard_outdated(settings)


def test_points_come_by_the_series_whatever_duckdb_thinks_of_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not turn the join round while points are written; the setting is the writer's again afterwards."""
    setting = "select current_setting('disabled_optimizers')"
    settings = settings_of(tmp_path)
    deliver(settings, samples(tmp_path / "one.csv", "x"))
    seen: list[set[str]] = []
    insert = stored._inserted

    def inserted(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
        (said,) = connection.execute(setting).fetchone()
        seen.append(set(said.split(",")))
        return insert(connection, statement)

    monkeypatch.setattr(stored, "_inserted", inserted)
    with writing(settings) as connection:
        connection.execute("set disabled_optimizers = 'top_n'")
        load(connection, landing.deliveries(settings.paths), settings)
        assert seen == [{"top_n", "join_order", "build_side_probe_side", "in_clause"}]
        assert connection.execute(setting).fetchone() == ("top_n",)


def test_a_load_that_loses_rows_on_the_way_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows to keep are counted where they are judged and where they are written."""
    settings = settings_of(tmp_path)
    add = stored.add_by_words

    def lose(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str, table: str) -> int:
        return add(connection, contract, f"{rows} limit 1", table)

    monkeypatch.setattr(stored, "add_by_words", lose)
    with pytest.raises(StorageError, match="1 of 2 rows"):
        deliver(settings, samples(tmp_path / "one.csv", "x"))
        ingest.ingest(settings, "telemetry")
    assert ask(settings, "select count(*) from raw.gpu_sample") == [(0,)]
