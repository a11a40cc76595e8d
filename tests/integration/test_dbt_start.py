"""How dbt is called: a parse that is kept for other windows and homes, and models that replace what was there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from pipelines import transform
from pipelines.errors import QualityGateError, TenureError
from pipelines.settings import REPOSITORY, Settings

WINDOW = "select date '{{ var(\"from_date\") }}' as from_date"
WINDOWED = 'incremental", incremental_strategy="replace_window'
MODELS = {
    "moved": ("table", WINDOW),
    "viewed": ("view", WINDOW),
    "broken": ("table", "select 1 as one"),
    "added": (WINDOWED, WINDOW),
}
NEXT_MODELS = {"moved": ("view", WINDOW), "viewed": ("table", WINDOW), "broken": ("table", "select error('no') as one")}
TWICE = {
    "broken": ("table", "select 2 as one union all select 2 as one"),
    "added": (WINDOWED, f"{WINDOW} union all {WINDOW}"),
}


def write(project: Path, models: dict[str, tuple[str, str]]) -> None:
    """Models of one column, which is their key and day."""
    for name, (kind, sql) in models.items():
        column = sql.split()[-1]
        config = f'materialized="{kind}", unique_key=["{column}"], meta={{"window_column": "{column}"}}'
        (project / "models" / f"{name}.sql").write_text(f"{{{{ config({config}) }}}}\n{sql}\n")


def build(home: Path, first: date) -> None:
    settings = Settings(home=home, min_free_disk_bytes=0, memory_limit="1GiB")
    settings.paths.warehouse.mkdir(parents=True, exist_ok=True)
    transform.build(settings, from_date=first, to_date=date(2027, 1, 1), as_of=date(2027, 1, 1))


def found(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse" / "tenure.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, bool]]:
    """Two homes and whether the second one's build read the project again; the first one's models changed since."""
    root = tmp_path_factory.mktemp("start")
    project = root / "project"
    shutil.copytree(REPOSITORY / "dbt_project" / "macros", project / "macros")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(REPOSITORY / "dbt_project" / name, project / name)
    (project / "models").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "PROJECT", project)
        patch.setattr(transform, "LOG", root / "logs" / "dbt.log")
        patch.setenv("TENURE_DBT_TARGET", str(root / "target"))
        write(project, MODELS)
        build(root / "one", date(2026, 5, 1))
        parsed = (root / "target" / "partial_parse.msgpack").stat().st_mtime_ns
        transform._manifest.cache_clear()  # As the next process begins.
        build(root / "two", date(2026, 6, 1))
        is_parsed_again = (root / "target" / "partial_parse.msgpack").stat().st_mtime_ns != parsed
        write(project, NEXT_MODELS)
        with pytest.raises(TenureError, match="broken"):
            build(root / "one", date(2026, 7, 1))
        write(project, TWICE)
        with pytest.raises(QualityGateError, match=r"rows of main\.\w+ share the key \{.*\}: 1 such"):
            build(root / "one", date(2026, 7, 1))
        yield root / "one", root / "two", is_parsed_again


def test_a_parse_is_kept_and_another_window_is_built(homes: tuple[Path, Path, bool]) -> None:
    _, two, is_parsed_again = homes
    assert not is_parsed_again
    assert found(two, "select from_date from main.moved union all select from_date from main.viewed") == [
        (date(2026, 6, 1),),
        (date(2026, 6, 1),),
    ]


@pytest.fixture
def forgotten() -> Iterator[None]:
    """No parsed project before, and none of this test's after."""
    transform._manifest.cache_clear()
    yield
    transform._manifest.cache_clear()


@pytest.mark.usefixtures("forgotten")
def test_a_process_that_builds_twice_reads_the_project_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(transform, "_parsed", lambda: read.append("once") or object())
    files = ((Path("models/a.sql"), 1),)
    assert transform._manifest(files) is transform._manifest(files)
    assert len(read) == 1
    transform._manifest(((Path("models/a.sql"), 2),))
    transform._manifest(())
    assert len(read) == 3


def test_a_view_takes_the_place_of_a_table_and_a_table_that_of_a_view(homes: tuple[Path, Path, bool]) -> None:
    one, _, _ = homes
    kinds = "select table_name, table_type from information_schema.tables where table_name in ('moved', 'viewed')"
    assert sorted(found(one, kinds)) == [("moved", "VIEW"), ("viewed", "BASE TABLE")]
    assert found(one, "select from_date from main.viewed") == [(date(2026, 7, 1),)]


def test_a_model_that_cannot_be_built_or_breaks_its_key_leaves_what_was_there(homes: tuple[Path, Path, bool]) -> None:
    """S04, S05: what was there goes in the transaction in which the new one comes."""
    one, _, _ = homes
    assert found(one, "select one from main.broken") == [(1,)]
    assert found(one, "select from_date from main.added order by 1") == [(date(2026, 5, 1),), (date(2026, 7, 1),)]


def test_a_key_with_a_line_break_in_it_is_told_as_one() -> None:
    message = (
        "Runtime Error in model jobs\n  Invalid Input Error: rows of main.jobs share the key {'job': a\nb}: 1 such"
    )
    node = SimpleNamespace(name="jobs", original_file_path="models/jobs.sql", compiled_path="compiled/jobs.sql")
    with pytest.raises(QualityGateError, match=r"models/jobs\.sql: rows of main\.jobs share the key"):
        transform._raise_first_failure([SimpleNamespace(status="error", message=message, node=node)])
