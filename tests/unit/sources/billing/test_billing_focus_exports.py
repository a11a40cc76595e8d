"""FOCUS exports that come with a manifest, AWS's and Azure's. All trees are made here."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _exports import aws_export, azure_export, data_name
from _focus import LINE, write
from _run import candidates, run

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import aws_cur2, azure_cost_export, focus
from pipelines.sources.model import Delivery, LandedFile


def billed(root: Path) -> list[Decimal]:
    """Billed cost of each delivery found."""
    return [run(focus, claim).total("billed_cost") for claim in focus.claim(candidates(root))]


@pytest.mark.parametrize("run_name", ["", "20260831T060000Z-0f1e", "2026-08-31T06:00:00.000Z-0f1e"])
def test_an_aws_export_is_read_by_its_manifest(tmp_path: Path, run_name: str) -> None:
    """B06: in both layouts; the time in the run's folder tells the version."""
    names = aws_export(tmp_path, write, ["1", "2", "4"], run=run_name, columns=list(LINE))
    (claim,) = focus.claim(candidates(tmp_path))
    assert [file.name for file in claim.files][:3] == names
    result = run(focus, claim)
    assert result.total("billed_cost") == Decimal(7)
    assert result.version == ("2026-08-31T06:00:00Z " if run_name else "") + "2026-08-03T10:00:00Z"


def test_a_run_of_an_aws_export_is_no_cur(tmp_path: Path) -> None:
    aws_export(tmp_path, write, ["1"], columns=list(LINE))
    assert aws_cur2.claim(candidates(tmp_path)) == []


def test_an_azure_export_is_read_by_its_manifest(tmp_path: Path) -> None:
    """B04, B06, B09: parts of the same name stand in the folder of each run, and the later run is the later version."""
    for name, costs in (("202608300600", ["1", "2"]), ("202608310600", ["4", "8"])):
        azure_export(tmp_path, write, costs, run=name, rows=[1, 1])
    found = focus.claim(candidates(tmp_path))
    assert [claim.description for claim in found] == [
        "FOCUS 1.0, gpu, run 2026-08-30T06:00:00Z",
        "FOCUS 1.0, gpu, run 2026-08-31T06:00:00Z",
    ]
    assert billed(tmp_path) == [Decimal(3), Decimal(12)]
    first, second = (run(focus, claim).version for claim in found)
    assert first < second


def test_an_azure_export_is_no_usage_details(tmp_path: Path) -> None:
    azure_export(tmp_path, write, ["1"], run="202608310600", rows=[1])
    assert azure_cost_export.claim(candidates(tmp_path)) == []


def test_rows_that_azures_manifest_promises_are_asked_for(tmp_path: Path) -> None:
    """B07, B08: a cut CSV file looks like a shorter one."""
    azure_export(tmp_path, write, ["1", "2"], run="202608310600", rows=[1, 500])
    (claim,) = focus.claim(candidates(tmp_path))
    files = tuple(LandedFile(file.name, file.path, file.name, 0) for file in claim.files)
    delivery = Delivery("d", "billing", "focus", claim.description, datetime(2026, 9, 2), files, claim.options)
    assert [part.expected_rows for part in focus.read(delivery).parts] == [1, 500]


def test_a_part_that_did_not_come_along_is_named(tmp_path: Path) -> None:
    """B07"""
    names = azure_export(tmp_path, write, ["1", "2"], run="202608310600", rows=[1, 1])
    (tmp_path / names[1]).unlink()
    with pytest.raises(IncompleteDeliveryError, match=r"part_1_0001\.csv"):
        billed(tmp_path)


def test_a_part_of_another_run_stands_in_for_none(tmp_path: Path) -> None:
    """B04"""
    azure_export(tmp_path, write, ["1"], run="202608300600", rows=[1])
    (name,) = azure_export(tmp_path, write, ["2"], run="202608310600", rows=[1])
    (tmp_path / name).unlink()
    with pytest.raises(IncompleteDeliveryError, match="202608310600"):
        billed(tmp_path)


def test_a_file_that_an_overwritten_export_left_behind_is_kept_and_not_read(tmp_path: Path) -> None:
    """B06"""
    aws_export(tmp_path, write, ["1"])
    write(tmp_path / data_name(2), "400")
    assert billed(tmp_path) == [Decimal(1)]


def test_an_earlier_run_without_manifest_is_kept_and_not_read(tmp_path: Path) -> None:
    """B02: added up it would double the month."""
    aws_export(tmp_path, write, ["1"], run="20260831T060000Z-0f")
    old = tmp_path / data_name(1, run="20260830T060000Z-0a")
    old.parent.mkdir(parents=True)
    write(old, "400")
    assert billed(tmp_path) == [Decimal(1)]


def test_a_file_that_no_manifest_speaks_for_is_a_delivery_of_its_own(tmp_path: Path) -> None:
    aws_export(tmp_path, write, ["1"])
    (tmp_path / "lumen").mkdir()
    write(tmp_path / "lumen/focus.csv", "8")
    assert billed(tmp_path) == [Decimal(1), Decimal(8)]


@pytest.mark.parametrize("key", ["../x.csv", "/x.csv", "a/%2e%2e/x.csv", "https://store/x.csv"])
def test_a_blob_that_is_no_path_below_the_export_is_refused(tmp_path: Path, key: str) -> None:
    """X04"""
    (tmp_path / "manifest.json").write_text(json.dumps({"blobs": [{"blobName": key}]}))
    with pytest.raises(InputError, match="not a path below"):
        focus.claim(candidates(tmp_path))
