"""Words that rows repeat are told apart before the rows are read; what a row says, and its faults, stay its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from _homes import ask, deliver, settings_of

from pipelines.contracts.gpu_sample import METRICS
from pipelines.warehouse import ingest
from pipelines.warehouse.words import tell_apart

HEADER = "sampled_at,gpu_uuid,gpu_index,pod,metric,value\n"


def delivered(folder: Path, *lines: str) -> list[tuple[object, ...]]:
    """Samples of a file, by their rows."""
    settings = settings_of(folder).model_copy(update={"max_rejected_cost_frac": 1.0})
    (folder / "samples.csv").write_text(HEADER + "\n".join(lines) + "\n")
    deliver(settings, folder / "samples.csv")
    ingest.ingest(settings, "telemetry")
    return ask(settings, "select source_row, gpu_uuid, pod, metric, value from raw.gpu_sample order by 1")


def test_two_spellings_of_a_metric_are_one_series_and_each_row_keeps_its_value(tmp_path: Path) -> None:
    assert delivered(
        tmp_path,
        "2026-08-03T10:00:00Z,GPU-a,0,x,DCGM_FI_DEV_GPU_UTIL,10",
        "2026-08-03T10:00:30Z,GPU-a,0,x,dcgm_gpu_utilization,20",
        "2026-08-03T10:01:00Z,GPU-a,0,,dcgm_fi_dev_gpu_util,30",
    ) == [
        (1, "GPU-a", "x", "DCGM_FI_DEV_GPU_UTIL", 10.0),
        (2, "GPU-a", "x", "DCGM_FI_DEV_GPU_UTIL", 20.0),
        (3, "GPU-a", None, "DCGM_FI_DEV_GPU_UTIL", 30.0),
    ]
    assert ask(settings_of(tmp_path), "select pod from raw.gpu_sample_series order by series_number") == [
        ("x",),
        (None,),
    ]


def test_words_of_refused_rows_alone_leave_no_series(tmp_path: Path) -> None:
    found = delivered(
        tmp_path,
        "2026-08-03T10:00:00Z,GPU-a,0,x,DCGM_FI_DEV_GPU_UTIL,10",
        "yesterday,GPU-b,0,x,DCGM_FI_DEV_GPU_UTIL,10",
    )
    assert {row[1] for row in found} == {"GPU-a"}
    assert ask(settings_of(tmp_path), "select gpu_uuid from raw.gpu_sample_series") == [("GPU-a",)]


def test_a_row_is_refused_for_its_first_fault_with_the_value_as_delivered(tmp_path: Path) -> None:
    """Faults of words and of the row's own values are told in the contract's order: time, device, index, metric."""
    delivered(
        tmp_path,
        "2026-08-03T10:00:00Z,GPU-a,0,x,DCGM_FI_DEV_GPU_UTIL,10",
        "yesterday,,first,x,DCGM_FI_DEV_NONSENSE,10",
        "2026-08-03T10:00:00Z,,first,x,DCGM_FI_DEV_NONSENSE,10",
        "2026-08-03T10:00:00Z,GPU-b,first,x,DCGM_FI_DEV_NONSENSE,10",
        "2026-08-03T10:00:00Z,GPU-b,0,x,DCGM_FI_DEV_NONSENSE,10",
    )
    found = ask(settings_of(tmp_path), "select source_row, reason, offending_value from meta.rejected_row order by 1")
    allowed = ", ".join(METRICS)
    assert found == [
        (2, "sampled_at: not a TIMESTAMP", "yesterday"),
        (3, "gpu_uuid: missing", None),
        (4, "gpu_index: not a INTEGER", "first"),
        (5, f"metric: none of {allowed}", "DCGM_FI_DEV_NONSENSE"),
    ]


def test_rows_of_a_csv_keep_their_numbers_beside_their_words(tmp_path: Path) -> None:
    """More rows than DuckDB takes at once, of devices that take turns: what is joined must not renumber them."""
    times = [datetime(2026, 8, 3) + timedelta(seconds=place) for place in range(6000)]
    rows = [f"{time.isoformat()}Z,GPU-{place % 3},0,x,DCGM_FI_DEV_FB_USED,{place}" for place, time in enumerate(times)]
    assert delivered(tmp_path, *rows) == [
        (place + 1, f"GPU-{place % 3}", "x", "DCGM_FI_DEV_FB_USED", float(place)) for place in range(6000)
    ]


def test_a_file_may_name_its_columns_as_words_are_named() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table given as select 'a' as device, 'B' as word union all select null, 'b'")
        beside = tell_apart(
            connection, "given", {"word": "lower(device)", "kind": "'x'"}, {"both": "word || kind"}, "w"
        )
        found = connection.execute(
            f'select word, "said:word", "said:both" from {beside("given")} order by 1'
        ).fetchall()
        assert found == [("B", "a", "ax"), ("b", None, None)]


def test_words_that_no_column_tells_stand_beside_every_row() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table given as select unnest(range(3)) as number")
        beside = tell_apart(connection, "given", {"word": "'x'"}, {}, "w")
        assert connection.execute(f'select number, "said:word" from {beside("given")} order by 1').fetchall() == [
            (0, "x"), (1, "x"), (2, "x"),
        ]  # fmt: skip


def test_the_names_of_a_lambda_are_no_columns() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table given as select ['a', 'b'] as labels, 1 as x_number")
        word = "list_transform(labels, lambda label: upper(label))[1]"
        beside = tell_apart(connection, "given", {"word": word}, {}, "w")
        assert connection.execute(f'select "said:word" from {beside("given")}').fetchall() == [("A",)]
        assert [name for name, *_ in connection.execute("describe w").fetchall()] == [
            "word_number",
            "read:labels",
            "word",
        ]
