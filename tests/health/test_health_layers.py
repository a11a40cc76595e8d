"""Who may import, read and write what. The rules have no list of old sins; each exception stands with its reason."""

from __future__ import annotations

import re

import pytest
from _house import ROOT, in_room, models, modules

from pipelines.contracts import all_contracts
from pipelines.warehouse import stored

# The rooms in the order data flow; a room reads those that stand before it, and no others.
MAY_IMPORT = {
    "errors": set(),
    "units": set(),
    "progress": set(),
    "settings": set(),
    "contracts": set(),
    "sources": {"contracts", "errors"},
    "warehouse": {"contracts", "errors", "settings", "sources"},
    "plan": {"errors", "settings", "sources", "warehouse"},
    "transform": {"errors", "settings"},
    "economics": {"units"},
    "owning": {"economics", "units"},
    # A lease is quoted in the same monthly frame as owning.
    "leasing": {"economics", "owning", "units"},
    "projection": {"contracts", "economics", "errors", "leasing", "owning", "units"},
    # Of sources only how SQL is quoted.
    "quality": {"contracts", "errors", "settings", "sources", "units"},
    "report": {"contracts", "errors", "projection", "settings", "units", "warehouse"},
    "export": {"errors", "settings", "sources", "warehouse"},
    "samples": {"errors"},
}
# Where rooms meet: they carry results from one to the next, and hold no arithmetic.
MEETING = {
    "assets",
    "backtest",
    "bills",
    "cli",
    "commands",
    "costs",
    "decide",
    "definitions",
    "dictionary",
    "replay",
    "scenario_page",
    "scenarios",
    "status",
    "terminal",
}

READS = re.compile(
    r"(^|\.)(open|read_text|read_bytes|read_csv|scan_csv|read_parquet|scan_parquet|read_table|read_schema|read_json"
    r"|read_ndjson|ParquetFile|load_workbook|urlopen)$"
)
READERS = {
    "pipelines/warehouse/landing.py": "copies and hashes the bytes of a delivery, reads its own records",
    "pipelines/warehouse/reader.py": "unpacks a ZIP archive for DuckDB, which cannot",
    "pipelines/warehouse/lock.py": "its own lock",
    "pipelines/warehouse/publish.py": "its own versions",
    "pipelines/settings.py": "hashes the code",
    "pipelines/plan.py": "hashes scenarios and assumptions",
    "pipelines/projection/yaml_file.py": "the one place that loads a scenario or an assumption",
    "pipelines/report/page.py": "its own style sheet",
    "pipelines/scenario_page.py": "compares the generated page with the one that is there",
    "pipelines/dictionary.py": "compares the generated page with the one that is there",
    "pipelines/samples/textfiles.py": "writes the samples",
}
CLOCK = re.compile(
    r"(datetime|dt)\.(now|utcnow|today)$|(^|\.)date\.today$|^time\.(time|time_ns|monotonic|localtime|gmtime)$"
)
CLOCK_READERS = {
    "pipelines/warehouse/landing.py": "time of arrival of a delivery",
    "pipelines/warehouse/lock.py": "since when the lock is held",
    "pipelines/terminal.py": "seconds elapsed, on the screen",
}
PURE = ("economics", "owning", "leasing", "projection")


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    """Nothing upstream reads projections; sources know no warehouse."""
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{module.place} imports {name}"
        for module in in_room(room)
        for name in module.imports | module.typing_imports
        if name.startswith("pipelines.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


def test_every_room_has_its_rule() -> None:
    rooms = {module.room for module in modules()} - {"pipelines"}
    assert rooms == set(MAY_IMPORT) | MEETING


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("duckdb", {"warehouse"}),
        ("dagster", {"assets", "definitions"}),
        ("dagster_dbt", {"assets", "definitions"}),
        ("dagster_shared", {"assets", "definitions"}),
        ("dbt", {"transform"}),
        ("great_expectations", {"quality"}),
        ("prometheus_client", {"sources"}),
        ("altair", {"report"}),
        ("typer", {"commands"}),
    ],
)
def test_a_library_is_used_in_one_room(library: str, rooms: set[str]) -> None:
    """A connection's type may be named elsewhere for the type checker; only the warehouse can open one."""
    users = {
        module.place
        for module in modules()
        if module.room not in rooms and any(name.split(".")[0] == library for name in module.imports)
    }
    assert users == set()


def test_nothing_speaks_to_a_network() -> None:
    """No library that does is imported; `socket` gives the lock its host name, `urllib.parse` only takes text apart."""
    network = {"requests", "httpx", "urllib3", "aiohttp", "boto3", "fsspec", "http", "ftplib", "smtplib", "urllib"}
    users = {
        f"{module.place} imports {name}"
        for module in modules()
        for name in module.imports
        if name.split(".")[0] in network and name != "urllib.parse"
    }
    assert users == set()


def test_only_sources_read_what_is_delivered() -> None:
    """Everybody else who reads a file reads his own, as the list says."""
    readers = {
        module.place
        for module in modules()
        if module.room != "sources" and any(READS.search(name) for name, _ in module.calls())
    }
    assert readers == set(READERS)


def test_the_clock_is_read_where_the_list_says() -> None:
    """A night's numbers depend on `as_of`, not on the night; a schedule takes its day from Dagster's tick."""
    readers = {module.place for module in modules() if any(CLOCK.search(name) for name, _ in module.calls())}
    assert readers == set(CLOCK_READERS)


@pytest.mark.parametrize("room", PURE)
def test_arithmetic_neither_reads_files_nor_prints(room: str) -> None:
    """But for the loader of scenarios and assumptions, which is given its path."""
    effects = re.compile(r"(^|\.)(write_text|write_bytes|write_csv|write_parquet|mkdir|unlink|print|getenv)$")
    found = [
        f"{module.place}:{line} {name}"
        for module in in_room(room)
        for name, line in module.calls()
        if effects.search(name) or (READS.search(name) and module.place not in READERS)
    ]
    assert found == []


@pytest.mark.parametrize("room", PURE)
def test_arithmetic_reads_no_environment(room: str) -> None:
    users = [module.place for module in in_room(room) if {"os", "subprocess", "sys"} & module.imports]
    assert users == []


def test_the_report_reads_the_published_file_only() -> None:
    """Of the warehouse it knows the reader's connection and nothing else."""
    import ast

    names = {
        alias.name
        for module in in_room("report")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipelines.warehouse")
        for alias in node.names
    }
    assert names == {"reading_published"}


def test_every_connection_is_opened_in_one_file() -> None:
    """S03: one factory, one set of settings. `publish` reads the file it built back as a stranger would."""
    places = {module.place for module in modules() if any(name == "duckdb.connect" for name, _ in module.calls())}
    assert places == {"pipelines/warehouse/connect.py", "pipelines/warehouse/publish.py"}


def test_assets_are_wires() -> None:
    """A Dagster asset, check, schedule or sensor reads, calls and writes in at most 30 statements."""
    import ast

    long = []
    for module in in_room("assets"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and any("dg." in ast.unparse(item) for item in node.decorator_list):
                statements = sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1
                if statements > 30:
                    long.append(f"{module.place} {node.name}: {statements}")
    assert long == []


def of_layer(layer: str) -> list:
    return [model for model in models().values() if model.layer == layer]


def test_staging_reads_what_python_wrote_and_nothing_else() -> None:
    assert [model.name for model in of_layer("staging") if model.refs or not model.sources] == []


def test_intermediate_reads_staging_and_intermediate() -> None:
    wrong = [
        f"{model.name} reads {name}"
        for model in of_layer("intermediate")
        for name in [*model.refs, *(f"{schema}.{table}" for schema, table in model.sources)]
        if name not in models() or models()[name].layer not in ("staging", "intermediate")
    ]
    assert wrong == []


PASSED_ON = re.compile(r"\b(join|where|group by|case|union|over|distinct|with)\b")


def test_marts_read_intermediate_or_pass_one_staging_model_on() -> None:
    """Logic is in intermediate. A mart that names and casts the columns of one staging model needs no model between."""
    wrong = []
    for model in of_layer("marts"):
        layers = [models()[name].layer for name in model.refs]
        passes_on = layers == ["staging"] and not PASSED_ON.search(model.code)
        if model.sources or not (passes_on or set(layers) == {"intermediate"}):
            wrong.append(f"{model.name} reads {', '.join(model.refs)}")
    assert wrong == []


def test_every_raw_table_is_a_source_that_staging_reads() -> None:
    """A table that is loaded and never modelled would be lost without a word."""
    lying = {table for contract in all_contracts().values() for table in stored.shapes(contract)}
    raw = {tuple(table.split(".")) for table in lying if table.startswith("raw.")}
    assert raw <= {pair for model in of_layer("staging") for pair in model.sources}


def test_dbt_writes_only_its_own_schemas() -> None:
    """Python writes raw, meta.delivery and projections; no model stands in their folders or has their names."""
    written = {table.split(".")[1] for table in all_contracts()}
    assert written & set(models()) == set()


def test_the_folders_of_models_are_those_of_the_house() -> None:
    folders = {model.path.parent.relative_to(ROOT / "dbt_project/models").as_posix() for model in models().values()}
    rooms = {"cost", "usage", "owned", "allocation"}
    assert folders == {"staging", *(f"intermediate/{room}" for room in rooms), "marts", "marts/meta"}
