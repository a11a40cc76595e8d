"""What a night promises: the same again, a backfill that stays in its days, and bad input that changes nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.settings import REPOSITORY, Home, code_revision

if TYPE_CHECKING:
    from _nights import House
    from typer.testing import Result

SAMPLES = REPOSITORY / "data" / "samples"
FOCUS = sorted((SAMPLES / "billing" / "focus").glob("*.csv.gz"))


def version(house: House) -> str:
    return str(json.loads(house.must("status", "--json"))["version"])


def test_a_night_with_nothing_new_publishes_nothing(night: House) -> None:
    before = version(night)
    assert json.loads(night.must("refresh", "--json"))["changed"] is False
    assert version(night) == before


def test_a_second_add_of_the_same_deliveries_adds_nothing(night: House) -> None:
    """B03."""
    added = json.loads(night.must("add", str(SAMPLES), "--json"))
    assert len(added) > 50
    assert {item["is_new"] for item in added} == {False}


def test_decide_says_one_sentence_a_workload_and_side(night: House) -> None:
    rows = json.loads(night.must("decide", "--json"))
    used = {
        workload + (" (owned)" if sourcing == "owned" and leased else "")
        for workload, sourcing, leased in night.ask(
            "select workload, sourcing, bool_or(sourcing = 'leased') over (partition by workload) "
            "from (select distinct workload, sourcing from marts.fct_workload_tco_daily "
            "where gpu_hours_allocated > 0 and usage_date >= date '2026-06-03')"
        )
    }
    assert {row["workload"] for row in rows} == {*used, "all workloads", "all workloads (owned)"}
    assert all(row["sentence"].startswith(row["workload"]) for row in rows)


def test_the_owned_and_the_leased_side_stand_in_one_table(night: House) -> None:
    sides = night.ask(
        "select sourcing, count(*) > 0, bool_and(direct_cost_usd is not null) from marts.fct_workload_tco_daily "
        "group by sourcing order by sourcing"
    )
    assert sides == [("leased", True, True), ("owned", True, True)]


def test_every_gate_result_is_published(night: House) -> None:
    gates = {row[0] for row in night.ask("select distinct gate from meta.quality_result where success")}
    assert gates == {"ingest", "publish"}


def test_freshness_is_how_far_lines_samples_and_prices_reach(night: House) -> None:
    """What the ledger noted when they were loaded, against the rows themselves."""
    said = dict(night.ask("select kind || ' ' || source, data_until from meta.freshness"))
    with duckdb.connect(str(night.home.database), read_only=True) as connection:
        seen = connection.execute(
            """
            select 'billing ' || source, max(charge_period_end) from raw.cost_line
            where charge_category = 'Usage' group by source
            union all
            select 'telemetry ' || source, max(sampled_at) from raw.gpu_sample group by source
            union all
            select 'prices ' || source, max(observed_at) from raw.price_point group by source
            """
        ).fetchall()
    assert said == dict(seen)
    assert len(seen) > 3


def test_readers_cannot_leave_the_published_file(night: House) -> None:
    """X02."""
    for statement in (
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/tenure-leak.csv'",
        "attach '/tmp/tenure-other.duckdb'",
        "set enable_external_access = true",
        "create table marts.mine as select 1",
    ):
        result = night.run("sql", statement)
        assert result.exit_code == 2, statement
    assert not Path("/tmp/tenure-leak.csv").exists()


def cut_csv(folder: Path) -> Path:
    """A bill cut in the middle of a line, as an interrupted copy leaves it."""
    text = gzip.decompress(FOCUS[-1].read_bytes())
    lines = text.splitlines(keepends=True)
    target = folder / "cut.csv"
    target.write_bytes(b"".join(lines[:100]) + lines[100][: len(lines[100]) // 2])
    return target


def without_billed_cost(folder: Path) -> Path:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(gzip.decompress(FOCUS[-1].read_bytes()).decode())))
    column = rows[0].index("BilledCost")
    target = folder / "no_cost.csv"
    with target.open("w", newline="") as file:
        csv.writer(file).writerows([row[:column] + row[column + 1 :] for row in rows])
    return target


def unknown(folder: Path) -> Path:
    target = folder / "holiday.csv"
    target.write_text("place,weather\nLisbon,sunny\n")
    return target


def negative_price(folder: Path) -> Path:
    target = folder / "quotes.csv"
    target.write_text(
        "observed_at,provider,region_id,gpu_model_name,instance_type,gpus,pricing_model,price_basis,currency,"
        "price_usd_per_hour\n"
        "2026-08-01,Lumen,eu,H100,x,8,on_demand,list,USD,20\n"
        "2026-08-02,Lumen,eu,H100,x,8,on_demand,list,USD,-20\n"
    )
    return target


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (cut_csv, ("cut.csv:101", "columns")),
        (without_billed_cost, ("no_cost.csv:1", "BilledCost")),
        (unknown, ("holiday.csv:1", "no source recognises")),
        (negative_price, ("quotes.csv:3", "-20")),
    ],
)
def test_bad_input_ends_in_one_message_with_file_and_line_and_changes_nothing(
    night: House, tmp_path: Path, make: object, names: tuple[str, ...]
) -> None:
    """B08, M10."""
    before = (version(night), night.parquet(), sorted((night.home.landing / "deliveries").iterdir()))
    result = night.run("add", str(make(tmp_path)))  # type: ignore[operator]
    assert result.exit_code == 3
    message = result.stderr
    assert all(name in message for name in names), message
    assert "next: " in message
    assert (version(night), night.parquet(), sorted((night.home.landing / "deliveries").iterdir())) == before


def test_a_backfill_mends_its_own_days_and_no_others(night: House, tmp_path: Path) -> None:
    """S06: what a backfill may touch is told by breaking a day inside and a day outside."""
    house = night.copied(tmp_path / "home")
    marts = {
        "fct_cost_daily": ("charge_date", "cost_status"),
        "fct_workload_tco_daily": ("usage_date", "workload_kind"),
    }
    inside = "{} >= date '2026-03-01' and {} < date '2026-04-01'"
    whole = {
        mart: night.ask(f"select * from marts.{mart} where {inside.format(day, day)} order by all")
        for mart, (day, _) in marts.items()
    }
    with duckdb.connect(str(house.home.database)) as connection:
        for mart, (day, column) in marts.items():
            connection.execute(
                f"update marts.{mart} set {column} = 'broken' where {day} in (date '2026-03-10', date '2026-06-10')"
            )
    house.must("backfill", "--from", "2026-03", "--to", "2026-03")
    for mart, (day, column) in marts.items():
        broken = house.ask(f"select distinct cast({day} as varchar) from marts.{mart} where {column} = 'broken'")
        assert broken == [("2026-06-10",)]
        assert house.ask(f"select * from marts.{mart} where {inside.format(day, day)} order by all") == whole[mart]


def test_a_backfill_can_be_looked_at_before_it_runs(night: House) -> None:
    planned = json.loads(night.must("backfill", "--from", "2026-03", "--to", "2026-03", "--plan", "--json"))
    assert (planned["from"], planned["to"]) == ("2026-03-01", "2026-04-01")
    assert planned["deliveries"]


@pytest.fixture(scope="module")
def refused(night: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[House, str, Result]:
    """A copy of the home to which one bill came in two formats, which would count twice; and what the night said."""
    house = night.copied(tmp_path_factory.mktemp("refused") / "home")
    bill = gzip.decompress(FOCUS[-1].read_bytes()).decode().replace("LC-0007310", "004200420017")
    copy = tmp_path_factory.mktemp("delivered") / "second-view.csv"
    copy.write_text(bill)
    (added,) = json.loads(house.must("add", str(copy), "--json"))
    return house, added["delivery_id"], house.run("refresh")


def test_a_failed_gate_publishes_nothing_and_says_what_to_do(night: House, refused: tuple[House, str, Result]) -> None:
    house, _, result = refused
    assert result.exit_code == 4, result.output
    assert "004200420017" in result.stderr
    assert (version(house), house.parquet()) == (version(night), night.parquet())


def test_the_gate_remembers_what_it_passed_and_not_what_it_refused(
    night: House, refused: tuple[House, str, Result]
) -> None:
    house, delivery, _ = refused

    def unpassed(home: Home) -> set[str]:
        with duckdb.connect(str(home.database), read_only=True) as connection:
            found = connection.execute(
                "select delivery_id from meta.delivery where passed_code_revision is distinct from ?", [code_revision()]
            ).fetchall()
        return {delivery_id for (delivery_id,) in found}

    assert unpassed(night.home) == set()
    assert unpassed(house.home) == {delivery}


def test_rebuilding_from_landing_gives_the_same_bytes(night: House, refused: tuple[House, str, Result]) -> None:
    """Promise 4: everything but landing can go; and a delivery that was refused and removed leaves nothing."""
    house, delivery, _ = refused
    house.must("remove", delivery)
    assert not house.home.database.exists()
    house.must("refresh")
    before, after = night.parquet(), house.parquet()
    assert after.keys() == before.keys()
    assert [table for table in before if before[table] != after[table]] == []
