"""A backfill that stops between two models: what stands stays, and the run after it finishes what was begun."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines import transform
from pipelines.errors import TenureError
from pipelines.plan import inputs_hash
from pipelines.settings import Settings, code_revision
from pipelines.warehouse import landing
from pipelines.warehouse.publish import publish

if TYPE_CHECKING:
    from pathlib import Path

    from _nights import House

MARCH = ("--from", "2026-03", "--to", "2026-03")
JUNE = ("--from", "2026-06", "--to", "2026-06")
BUILT = transform.build


def stops_in_the_middle(settings: Settings, **window: Any) -> None:
    """Build costs by day, which a night does before costs by workload, and go no further."""
    BUILT(settings, **{**window, "select": ["+fct_cost_daily"]})
    raise TenureError("stopped between two models")


@pytest.fixture(scope="module")
def stopped(night: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home whose version is wrong about a day of March, and whose backfill of March has stopped in the middle."""
    house = night.copied(tmp_path_factory.mktemp("stopped") / "home")
    settings = Settings(home=house.home.root)
    with duckdb.connect(str(house.home.database)) as connection:
        for mart, day in (("fct_cost_daily", "charge_date"), ("fct_workload_tco_daily", "usage_date")):
            connection.execute(f"delete from marts.{mart} where {day} = date '2026-03-10'")
    inputs = inputs_hash(house.home, landing.deliveries(house.home))
    publish(settings, as_of=date(2026, 9, 1), code_revision=code_revision(), inputs_hash=inputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "build", stops_in_the_middle)
        result = house.run("backfill", *MARCH)
    assert (result.exit_code, "stopped between two models" in result.stderr) == (1, True), result.output
    return house


def test_a_stopped_backfill_leaves_its_days_rebuilt_in_half_and_readers_as_they_were(stopped: House) -> None:
    days = {}
    for place, database in (("warehouse", stopped.home.database), ("published", stopped.home.current.resolve())):
        with duckdb.connect(str(database), read_only=True) as connection:
            days[place] = connection.execute(
                "select (select count(*) > 0 from marts.fct_cost_daily where charge_date = date '2026-03-10'), "
                "(select count(*) > 0 from marts.fct_workload_tco_daily where usage_date = date '2026-03-10')"
            ).fetchone()
    assert days == {"warehouse": (True, False), "published": (False, False)}


@pytest.mark.parametrize("verb", [("refresh",), ("backfill", *JUNE)], ids=["refresh", "backfill of other days"])
def test_the_next_run_finishes_a_stopped_backfill_as_a_night_from_nothing_would(
    night: House, stopped: House, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    house = stopped.copied(tmp_path / "home")
    assert "2026-03-01 to 2026-04-01 of a run that was not published" in " ".join(house.must(*verb).split())
    assert house.parquet() == night.parquet()
