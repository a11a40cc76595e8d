"""Our lease contracts as FOCUS Contract Commitment, read back by our own source; figures by hand in the comments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from _run import candidates, run

from pipelines.contracts import contract_for
from pipelines.errors import NoDataError
from pipelines.export.focus_commitments import export_commitments
from pipelines.settings import Settings
from pipelines.sources.registers import focus_contract_commitment

ARRIVED = datetime(2026, 6, 1, 8)
PLAIN = {
    "delivery_id": "d1", "source_part": "f", "source_row": 1, "contract_id": "plain", "counterparty": "Lumen",
    "jurisdiction": "SE", "gpu_model": "H100", "gpus": 2, "start_date": date(2026, 8, 1), "end_date": date(2026, 9, 1),
    "committed_price_usd_per_gpu_hour": Decimal("2.5"), "upfront_usd": 0, "take_or_pay_frac": Decimal("0.5"),
    "commitment_discount_id": "cud-1",
}  # fmt: skip
RAMP = PLAIN | {
    "contract_id": "ramp", "commitment_discount_id": None, "gpus": 1, "upfront_usd": 100, "take_or_pay_frac": 1,
    "committed_price_usd_per_gpu_hour": 1, "fulfillment_interval": "Quarterly", "terminated_date": date(2026, 8, 21),
}  # fmt: skip
STEPS = [(date(2026, 8, 11), 3), (date(2026, 8, 25), 9)]


def warehouse(folder: Path) -> Settings:
    """A home with an empty register."""
    made = Settings(home=folder / "home", min_free_disk_bytes=0)
    made.paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(made.paths.database)) as connection:
        connection.execute("create schema raw; create schema meta")
        for table in ("raw.lease_contract", "raw.lease_contract_ramp", "meta.delivery"):
            connection.execute(contract_for(table).ddl())
    return made


def put(settings: Settings, table: str, **row: Any) -> None:
    with duckdb.connect(str(settings.paths.database)) as connection:
        names = ", ".join(f"? as {name}" for name in row)
        connection.execute(f"insert into {table} by name select {names}", list(row.values()))


@pytest.fixture(scope="module")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the source keeps of the file, as of 15 August."""
    folder = tmp_path_factory.mktemp("commitments")
    settings = warehouse(folder)
    put(settings, "raw.lease_contract", **PLAIN)
    put(settings, "raw.lease_contract", **RAMP)
    for from_date, gpus in STEPS:
        put(settings, "raw.lease_contract_ramp", delivery_id="d2", source_part="f", source_row=1, contract_id="ramp",
            from_date=from_date, gpus=gpus)  # fmt: skip
    put(settings, "meta.delivery", delivery_id="d1", scope="s", kind="registers", source="lease_contract",
        table_name="raw.lease_contract", provider_version="", received_at=ARRIVED, delivered_rows=2, kept_rows=2,
        rejected_rows=0, left_out_rows=0, status="current")  # fmt: skip
    done = export_commitments(settings, folder / "out", as_of=date(2026, 8, 15))
    # 1860 of the one, 340 and 720 of the other
    assert (done.contracts, done.commitments, done.committed_usd) == (2, 3, Decimal(2920))
    (claim,) = focus_contract_commitment.claim(candidates(folder / "out"))
    outcome = run(focus_contract_commitment, claim)
    assert outcome.rejected == []
    return sorted(outcome.kept, key=lambda row: row["contract_commitment_id"])


def values(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[f"contract_commitment_{name}"] for name in columns) for row in rows]


def test_what_is_owed_is_read_back_as_it_was_signed(read_back: list[dict[str, Any]]) -> None:
    """2 × 24 × 31 × 0.5 = 744 hours at 2.50; 24 × 10 = 240 at 1 and 100 at signature; 3 × 24 × 10 to the 21st = 720."""
    assert values(read_back, "id", "quantity", "cost", "unit") == [
        ("cud-1", 744, 1860, "GPU-Hours"),
        ("ramp/2026-08-01", 240, 340, "GPU-Hours"),
        ("ramp/2026-08-11", 720, 720, "GPU-Hours"),
    ]


def test_steps_follow_each_other_to_the_day_the_contract_was_left(read_back: list[dict[str, Any]]) -> None:
    august = [datetime(2026, 8, 1), datetime(2026, 8, 11), datetime(2026, 8, 21), datetime(2026, 9, 1)]
    assert values(read_back, "period_start", "period_end") == [
        (august[0], august[3]), (august[0], august[1]), (august[1], august[2]),
    ]  # fmt: skip
    assert {(row["contract_period_start"], row["contract_period_end"]) for row in read_back} == {(august[0], august[3])}


def test_a_prepayment_is_a_part_of_the_first_step(read_back: list[dict[str, Any]]) -> None:
    assert values(read_back, "payment_model", "payment_interval") == [
        ("No Upfront", "Monthly"), ("Partial Upfront", "Quarterly"), ("No Upfront", "Quarterly"),
    ]  # fmt: skip
    assert [round(row[0], 9) for row in values(read_back, "payment_upfront_frac")] == [0, Decimal("0.294117647"), 0]


def test_a_commitment_is_expired_active_or_pending_by_the_day(read_back: list[dict[str, Any]]) -> None:
    """On the 15th: the first runs, the ramp's first step is over, its second runs until it is left on the 21st."""
    assert values(read_back, "lifecycle_status") == [("Active",), ("Expired",), ("Active",)]


def test_what_the_register_does_not_say_is_null(read_back: list[dict[str, Any]]) -> None:
    assert values(read_back, "discount_frac", "applicability") == [(None, None)] * 3
    assert values(read_back, "last_updated_at") == [(ARRIVED,)] * 3


def test_an_empty_register_writes_no_file(tmp_path: Path) -> None:
    settings = warehouse(tmp_path)
    with pytest.raises(NoDataError, match="no lease contracts"):
        export_commitments(settings, tmp_path / "out", as_of=date(2026, 8, 15))
    assert list((tmp_path / "out").iterdir()) == []
