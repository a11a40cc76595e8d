"""Real exports through the whole loader, and through the models where a claim is about them."""

from __future__ import annotations

import itertools
import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines import transform
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing

CUR = Path("billing/aws_cur_gpu/legacy/gpu-cur/20260801-20260901")
ASSEMBLIES = ("11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222")


def load(settings: Settings, *paths: Path) -> None:
    """Add and load one path after the other, as deliveries arrive."""
    for path in paths:
        landing.add(settings, [path], received_at=landing.now())
        for kind in ("billing", "telemetry"):
            ingest.ingest(settings, kind)


def totals(settings: Settings) -> tuple[int, Decimal, Decimal]:
    with duckdb.connect(str(settings.paths.database), read_only=True) as connection:
        row = connection.execute("select count(*), sum(billed_cost), sum(effective_cost) from raw.cost_line").fetchone()
    assert row is not None
    return row


def assembly(shared: Path, folder: Path, name: str, period_manifest_names: str) -> Path:
    """A copy of one assembly as it stood when it was the current one, with the period's manifest of that day."""
    root = folder / f"{name[:4]}-{period_manifest_names[:4]}"
    period = root / CUR.parent.name / CUR.name
    shutil.copytree(shared / "data" / CUR / name, period / name)
    manifest = json.loads((period / name / "gpu-cur-Manifest.json").read_text())
    assert manifest["assemblyId"] == name
    if period_manifest_names == name:
        (period / "gpu-cur-Manifest.json").write_text(json.dumps(manifest))
    return root


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_a_restated_month_is_its_last_assembly_whatever_arrives_first(
    shared: Path, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """B01, B09: and the same again after a second load."""
    settings = Settings(home=tmp_path / "home")
    copies = [assembly(shared, tmp_path, name, name) for name in ASSEMBLIES]
    expected = (4304, Decimal("53308.8170967680"), Decimal("59068.8170967680"))
    load(settings, *(copies[position] for position in order))
    assert totals(settings) == expected
    load(settings, *(copies[position] for position in order))
    assert totals(settings) == expected
    for kind in ("billing",):
        ingest.ingest(settings, kind, again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert totals(settings) == expected


def test_both_assemblies_in_one_folder_load_the_current_one(shared: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    load(settings, shared / "data/billing/aws_cur_gpu/legacy")
    assert totals(settings) == (4304, Decimal("53308.8170967680"), Decimal("59068.8170967680"))


def test_the_real_focus_sample_sums_exactly(shared: Path, tmp_path: Path) -> None:
    """M01, T06: binary floats end in …9003 and …860003."""
    settings = Settings(home=tmp_path / "home")
    load(settings, shared / "data/billing/focus_real/focus_sample.csv")
    assert totals(settings) == (1000, Decimal("20.52022672899"), Decimal("14.97651418586"))


def test_gpus_with_the_exporters_own_pod_label_are_unallocated(shared: Path, tmp_path: Path) -> None:
    """G07, G08: 15 of the 16 GPUs carry the label of the pod that scraped them."""
    settings = Settings(home=tmp_path / "home")
    load(settings, shared / "data/telemetry/dcgm/prom_query_power.json")
    transform.build(
        settings, from_date=date(2026, 3, 1), to_date=date(2026, 4, 1), as_of=date(2026, 4, 1),
        select=["+fct_gpu_usage_hourly"],
    )  # fmt: skip
    with duckdb.connect(str(settings.paths.database), read_only=True) as connection:
        rows = connection.execute(
            "select workload = '__unallocated__', count(*), sum(allocated_seconds), sum(unallocated_seconds) "
            "from marts.fct_gpu_usage_hourly group by 1 order by 1"
        ).fetchall()
    # One sample each: a scrape interval of 30 s.
    assert rows == [(False, 1, 30.0, 0.0), (True, 15, 0.0, 450.0)]
