"""The EC2 comparison export as price points."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.prices import ec2_instances_csv

HEADER = '"API Name","GPUs","GPU model","On Demand","Linux Reserved cost","Linux Spot Minimum cost"'
P5 = '"p5.48xlarge","8","NVIDIA H100","$98.3200 hourly","unavailable","$69.5871 hourly"'
P4D = '"p4d.24xlarge","8","NVIDIA A100","$32.7726 hourly","$20.1755 hourly","$8.1984 hourly"'


def outcome(folder: Path, *lines: str, name: str = "ec2-2026-08-01.csv") -> Outcome:
    """An export of those lines through the source."""
    (folder / name).write_text("\n".join([HEADER, *lines]) + "\n")
    (claim,) = ec2_instances_csv.claim(candidates(folder))
    return run(ec2_instances_csv, claim)


def test_machine_price_becomes_the_price_of_one_gpu(tmp_path: Path) -> None:
    """98.32/8 = 12.29; 69.5871/8 = 8.6983875; unavailable gives no row."""
    kept = outcome(tmp_path, P5).kept
    names = ("source_row", "instance_type", "gpus", "pricing_model", "statistic", "price_usd_per_gpu_hour")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, "p5.48xlarge", 8, "on_demand", "offer", Decimal("12.29")),
        (3, "p5.48xlarge", 8, "spot", "minimum", Decimal("8.6983875")),
    ]


def test_reserved_price_is_kept_without_a_term(tmp_path: Path) -> None:
    """20.1755/8 = 2.5219375."""
    prices = {row["pricing_model"]: row["price_usd_per_gpu_hour"] for row in outcome(tmp_path, P4D).kept}
    assert prices["reserved"] == Decimal("2.5219375")


@pytest.mark.parametrize(
    "line",
    [
        '"m5.large","0","None","$0.0960 hourly","unavailable","unavailable"',
        '"inf2.xlarge","1","AWS Inferentia2","$0.7582 hourly","unavailable","unavailable"',
    ],
)
def test_machine_without_gpus_gives_no_row(tmp_path: Path, line: str) -> None:
    result = outcome(tmp_path, P5, line)
    assert ({row["instance_type"] for row in result.kept}, result.rejected) == ({"p5.48xlarge"}, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (P5.replace("$98.3200 hourly", "$71,773 monthly"), "price_usd_per_gpu_hour: not a price"),
        (P5.replace('"8"', '"eight"'), "gpus: not a whole number above 0"),
    ],
)
def test_price_that_cannot_be_read_is_rejected(tmp_path: Path, line: str, reason: str) -> None:
    """M10: a unit that is not the hour."""
    assert reason in {row["reject_reason"] for row in outcome(tmp_path, line).rejected}


def test_date_comes_from_the_files_name(tmp_path: Path) -> None:
    assert outcome(tmp_path, P5).kept[0]["observed_at"] == datetime(2026, 8, 1)


def test_export_without_a_date_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing says when[\s\S]*--option observed_at=2026-08-01"):
        outcome(tmp_path, P5, name="vantage-export.csv")


def test_real_export_gives_the_prices_of_its_gpu_machines(shared: Path) -> None:
    """Counted by eye: 53 machines with accelerators, 11 of them inf and trn; p5.48xlarge at $98.32 has 8 GPUs."""
    path = shared / "data/prices/pricelists/vantage-export.csv"
    (claim,) = ec2_instances_csv.claim([Candidate(path.name, path)])
    result = run(ec2_instances_csv, replace(claim, options={"observed_at": "2024-01-01"}))
    on_demand = {
        r["instance_type"]: r["price_usd_per_gpu_hour"] for r in result.kept if r["pricing_model"] == "on_demand"
    }
    assert (len(on_demand), on_demand["p5.48xlarge"], result.rejected) == (42, Decimal("12.29"), [])
