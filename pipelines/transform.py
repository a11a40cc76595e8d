"""One dbt invocation, in this process: the models over a window of days, and their tests.

Belongs here: how dbt is called and what its results mean. Not here: Dagster (assets), SQL (dbt_project).
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.errors import QualityGateError, TenureError
from pipelines.settings import REPOSITORY, Settings

PROJECT = REPOSITORY / "dbt_project"
# What dbt says of its last run. Its own log has every statement, and writing that takes a fifth of a night's dbt.
LOG = PROJECT / "logs" / "dbt.log"
# What the macro `check_unique_key` stops a model with.
SHARED_KEY = re.compile(r"rows of \S+ share the key .*: \d+ such", re.DOTALL)
QUIETLY = ("--log-level", "none", "--log-level-file", "none")


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model or test.

    Attributes:
        unique_id: dbt's id, `model.tenure.…` or `test.tenure.…`.
        status: success, pass, warn, fail, error or skipped.
        seconds: execution time.
        failures: rows a test returned.
        message: dbt's message.
    """

    unique_id: str
    status: str
    seconds: float
    failures: int | None
    message: str | None


def environment(settings: Settings) -> dict[str, str]:
    """Environment variables that the dbt project reads."""
    return {
        "TENURE_DATABASE": str(settings.paths.database),
        "TENURE_MEMORY_LIMIT": settings.memory_limit,
        "TENURE_THREADS": str(settings.threads),
        "DO_NOT_TRACK": "1",
    }


def build(
    settings: Settings,
    *,
    from_date: date,
    to_date: date,
    as_of: date,
    full_refresh: bool = False,
    select: Sequence[str] = (),
    on_node: Callable[[str], None] = lambda unique_id: None,
) -> list[NodeResult]:
    """Build the models for the days [from_date, to_date) and run every test.

    Args:
        settings: which warehouse, and how much memory.
        from_date: first day of the window.
        to_date: first day after it; days outside the window are left as they are.
        as_of: the day the run speaks for.
        full_refresh: drop incremental tables first (the code or a table's shape changed).
        select: dbt selectors; empty for everything.
        on_node: called with a node's id when it finishes.

    Raises:
        QualityGateError: a dbt test found rows; names the test, what it claims and how many rows. Or rows of a model
            share its key; names how many do, and one.
        TenureError: a model could not be built.
    """
    variables = {
        "from_date": from_date.isoformat(),
        "to_date": to_date.isoformat(),
        "as_of": as_of.isoformat(),
    }
    command = ["build", "--no-write-json", "--vars", json.dumps(variables)]
    command += ["--full-refresh"] if full_refresh else []
    # A test that needs a model outside the selection is left out with it.
    command += ["--select", *select, "--indirect-selection", "cautious"] if select else []
    result = _invoke(environment(settings), command, on_node, _manifest(_files()))
    if result.exception is not None:
        raise TenureError(f"dbt stopped: {result.exception}", next_step="see dbt_project/logs/dbt.log") from (
            result.exception
        )
    nodes = [_node(item) for item in result.result.results]
    _raise_first_failure(result.result.results)
    return nodes


def parse() -> Path:
    """Write the dbt manifest and return its path (Dagster needs it before its assets can be named)."""
    _parsed("--write-json")
    # A partial parse that found nothing to do leaves the file as it was.
    manifest_path().touch()
    return manifest_path()


def current_manifest() -> Path:
    """The manifest, parsed anew where a file of the project is newer than it."""
    path = manifest_path()
    if path.exists() and path.stat().st_mtime_ns >= max(changed_ns for _, changed_ns in _files()):
        return path
    return parse()


def manifest_path() -> Path:
    """Where dbt writes its manifest."""
    return PROJECT / os.environ.get("TENURE_DBT_TARGET", "target") / "manifest.json"


def _files() -> tuple[tuple[Path, int], ...]:
    """The project's files, and when each was changed last."""
    files = [item for folder in ("models", "macros", "tests") for item in (PROJECT / folder).rglob("*.*")]
    return tuple((item, item.stat().st_mtime_ns) for item in sorted([*files, *PROJECT.glob("*.yml")]))


@lru_cache(maxsize=1)
def _manifest(files: tuple[tuple[Path, int], ...]) -> Any:
    """The project as it was parsed when its files were these: a process that builds twice need not read it twice."""
    del files
    return _parsed()


def _parsed(option: str = "--no-write-json") -> Any:
    """The project as dbt understands it: only what changed since the last parse is read.

    A parse is kept with what it was told, and thrown away where that differs. No file's meaning depends on the home,
    its limits or the window, so it is told the same each time, and `build` learns them afterwards.

    Raises:
        TenureError: dbt does not understand a file.
    """
    told = {"TENURE_DATABASE": "tenure.duckdb", "TENURE_MEMORY_LIMIT": "1GiB", "TENURE_THREADS": "1"}
    result = _invoke(told, ["parse", option])
    if not result.success:
        raise TenureError(f"dbt cannot parse its project: {result.exception}", next_step="see dbt_project/logs/dbt.log")
    return result.result


def _invoke(
    variables: dict[str, str],
    command: list[str],
    on_node: Callable[[str], None] = lambda unique_id: None,
    manifest: Any = None,
) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events.base_types import EventMsg

    def listen(event: EventMsg) -> None:
        if event.info.level != "debug":
            log.info("%s %s", event.info.level, event.info.msg)  # type: ignore[attr-defined]
        if event.info.name == "NodeFinished":
            on_node(event.data.node_info.unique_id)

    LOG.parent.mkdir(exist_ok=True)
    file = logging.FileHandler(LOG, mode="w", encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.Logger("dbt's last run")
    log.addHandler(file)
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        runner = dbtRunner(manifest=manifest, callbacks=[listen])
        return runner.invoke([*QUIETLY, *command, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)])
    finally:
        file.close()
        # What is said here is for dbt: `Settings` reads the same names.
        for name in variables:
            os.environ.pop(name)
        os.environ.update({name: before[name] for name in variables if name in before})
        # dbt keeps its connection for the life of the process; the next step opens the file with its own settings.
        DuckDBConnectionManager.close_all_connections()


def _node(item: Any) -> NodeResult:
    return NodeResult(
        unique_id=item.node.unique_id,
        status=str(item.status),
        seconds=float(item.execution_time),
        failures=item.failures,
        message=item.message,
    )


def _raise_first_failure(results: Sequence[Any]) -> None:
    for item in results:
        status = str(item.status)
        if status == "fail":
            claim = _claim(item.node)
            raise QualityGateError(
                f"{item.node.name}: {item.failures:,} rows. {claim}",
                file=item.node.original_file_path,
                next_step=f"see the rows: duckdb -readonly <home>/warehouse/tenure.duckdb < {item.node.compiled_path}",
            )
        if status in ("error", "runtime error") and (shared := SHARED_KEY.search(item.message or "")):
            raise QualityGateError(
                f"{shared.group()}. What stood there stands",
                file=item.node.original_file_path,
                next_step=f"see the rows of one key in what the model gives: {item.node.compiled_path}",
            )
        if status in ("error", "runtime error"):
            raise TenureError(
                f"model {item.node.name} cannot be built: {item.message}",
                file=item.node.original_file_path,
                next_step="see dbt_project/logs/dbt.log",
            )


def _claim(node: Any) -> str:
    """The first comment line of a singular test says what a returned row means."""
    return str(node.raw_code).strip().splitlines()[0].removeprefix("-- ")
