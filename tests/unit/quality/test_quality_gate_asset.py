"""The ingest gate as Dagster runs it: what it leaves in the ledger."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest
from _quality_tables import create, fill

from pipelines.assets.gates import INGESTED, ingest_gate
from pipelines.assets.partitions import AS_OF_TAG
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_warehouse, writing


def test_the_ledger_notes_what_the_gate_passed_but_not_what_it_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note on a doubled bill would silence the next night, which looks at nothing that was passed."""
    settings = Settings(home=tmp_path, min_free_disk_bytes=0)
    with writing(settings) as connection:
        create(connection, "raw.fx_rate")
        for delivery_id, resources in {"doubled": ["a", "a"], "whole": ["a", "b"]}.items():
            fill(connection, "meta.delivery", delivery_id=delivery_id, status="current",
                 table_name="raw.cost_line", kept_rows=2)  # fmt: skip
            for resource in resources:
                fill(connection, "raw.cost_line", delivery_id=delivery_id, resource_id=resource, billed_cost="1.50",
                     billing_currency="USD", source="focus", charge_period_start=datetime(2026, 8, 1),
                     billing_account_id=delivery_id)  # fmt: skip
    monkeypatch.setenv("TENURE_HOME", str(tmp_path))
    monkeypatch.setenv("TENURE_MIN_FREE_DISK_BYTES", "0")
    of_tables = [dg.AssetSpec(table.split(".")) for table in INGESTED]
    job = dg.define_asset_job("gate", selection=dg.AssetSelection.checks(ingest_gate))
    loaded = dg.Definitions(assets=of_tables, asset_checks=[ingest_gate], jobs=[job])
    loaded.resolve_job_def("gate").execute_in_process(tags={AS_OF_TAG: "2026-09-01"})
    with reading_warehouse(settings) as connection:
        notes = dict(connection.execute("select delivery_id, passed_code_revision from meta.delivery").fetchall())
    assert notes.keys() == {"doubled", "whole"}
    assert notes["doubled"] is None
    assert notes["whole"] is not None
