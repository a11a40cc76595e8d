"""What a version or a warehouse of older code says to a verb that asks for more than it holds."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines import bills, costs, decide, scenarios
from pipelines.errors import NoDataError
from pipelines.export.focus import export
from pipelines.report.queries import read_facts
from pipelines.settings import Settings
from pipelines.warehouse.publish import publish

JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
VERBS: dict[str, Callable[[Settings], object]] = {
    "costs": costs.unit_costs,
    "reconcile": bills.reconciliation,
    "restatements": bills.restatements,
    "decide, as published": lambda home: decide.decisions(home, []),
    "decide a scenario": lambda home: decide.ask(home, "lease_or_own"),
    "scenario new": lambda home: scenarios.write_new(home, "new", workload="w", out=home.home),
    "report": lambda home: read_facts(home, None),
    "export focus": lambda home: export(home, home.home, version="1.4", first=JULY, last=AUGUST),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose tables have one column."""
    home = Settings(home=tmp_path, min_free_disk_bytes=0)
    home.paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(home.paths.database)) as connection:
        for table in ("raw.cost_line", "meta.reconciliation", "marts.fct_workload_tco_daily"):
            connection.execute(f"create schema if not exists {table.split('.')[0]}; create table {table} (before int)")
    publish(home, as_of=AUGUST, code_revision="c0de", inputs_hash="1n")
    return home


@pytest.mark.parametrize("verb", VERBS)
def test_what_older_code_made_ends_in_the_verb_that_makes_it_anew(settings: Settings, verb: str) -> None:
    with pytest.raises(NoDataError, match="what another version of tenure made lacks") as raised:
        VERBS[verb](settings)
    assert raised.value.next_step == "run: tenure refresh"
