"""Registers that are added go with those in landing: what would stop a night is told before it is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from _homes import add, settings_of

from pipelines.errors import RegisterError
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse import landing

SAMPLES = REPOSITORY / "data" / "samples" / "registers"
HEADER = "asset_id,impairment_date,impairment_usd,new_salvage_usd\n"
# Of the samples: 268,400 USD, 32,200 of them expected after sixty months from 2025-12-01.
ASSET = "NW-0001"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with the sample's sites and assets in landing."""
    settings = settings_of(tmp_path)
    for name in ("site", "asset"):
        add(settings, SAMPLES / name / f"{name}.csv")
    return settings


def written(folder: Path, *rows: str) -> Path:
    """A register of write-downs, the rows from its second line on."""
    file = folder / "asset_impairment.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return file


FAULTS = {
    f"{ASSET},2030-12-01,9000,20000": "NW-0001 on 2030-12-01, after its schedule ended on 2030-12-01: it has to be "
    "what is off the value expected at the end",
    f"{ASSET},2026-08-01,236200,": "NW-0001 on 2026-08-01, 236,201.00 USD in all of 268,400.00, with 32,200.00 at its "
    "end: it has to be no more than",
    f"{ASSET},2025-09-07,1,": "NW-0001 on 2025-09-07, before its order on 2025-09-08",
    "NW-9,2026-08-01,1,": "NW-9 on 2026-08-01, which is not there",
}


@pytest.mark.parametrize("row", FAULTS)
def test_a_write_down_that_would_stop_a_night_is_refused_when_it_is_added(
    settings: Settings, tmp_path: Path, row: str
) -> None:
    file = written(tmp_path, f"{ASSET},2026-05-01,1,", row)
    with pytest.raises(RegisterError) as refused:
        add(settings, file, day=1)
    error = refused.value
    assert (Path(error.file).name, error.line) == ("asset_impairment.csv", 3)
    assert FAULTS[row] in error.message and "tenure add FILE" in error.message
    assert len(landing.deliveries(settings.paths)) == 2, "nothing of it may land"


# All that is left over the value expected at the end; and after the end a part of that value, which falls by as much.
LEGAL = (f"{ASSET},2026-08-01,236200,", f"{ASSET},2030-12-01,9000,23200", f"{ASSET},2031-12-01,3200,20000")


@pytest.mark.parametrize("row", LEGAL)
def test_a_write_down_to_what_is_expected_at_the_end_is_accepted(settings: Settings, tmp_path: Path, row: str) -> None:
    earlier = [] if row != LEGAL[2] else [LEGAL[1]]
    (added,) = add(settings, written(tmp_path, *earlier, row), day=1)
    assert added.is_new


def test_what_is_added_together_is_asked_together(tmp_path: Path) -> None:
    """The newer asset register says sixty-one months: the schedule has not ended when its last month begins."""
    settings = settings_of(tmp_path)
    longer = tmp_path / "asset.csv"
    text = (SAMPLES / "asset" / "asset.csv").read_text()
    longer.write_text(text.replace("2025-12-01,60,", "2025-12-01,61,"))
    file = written(tmp_path, f"{ASSET},2030-12-01,9000,20000")
    add(settings, SAMPLES / "site" / "site.csv")
    landing.add(settings, [longer, file], received_at=landing.arrival(settings.paths))
    with pytest.raises(RegisterError, match="after its schedule ended on 2030-12-01"):
        landing.add(
            settings,
            [SAMPLES / "asset" / "asset.csv", written(tmp_path, f"{ASSET},2030-12-01,9001,20000")],
            received_at=landing.arrival(settings.paths),
        )


def test_a_register_that_is_not_there_yet_contradicts_nothing(tmp_path: Path) -> None:
    """Whoever adds one after the other is told by the gate what is missing in the end."""
    settings = settings_of(tmp_path)
    (added,) = add(settings, written(tmp_path, "NW-9,2026-08-01,1,"))
    assert added.is_new


def test_a_register_of_landing_that_cannot_be_read_keeps_no_other_out(settings: Settings, tmp_path: Path) -> None:
    """Its load says so; the one that is added may be what mends it."""
    for delivery in landing.deliveries(settings.paths):
        delivery.files[0].path.unlink()
    (added,) = add(settings, written(tmp_path, f"{ASSET},2030-12-01,9000,20000"), day=1)
    assert added.is_new


def test_two_contracts_of_one_commitment_are_refused_by_file_and_line(settings: Settings, tmp_path: Path) -> None:
    """As a list in YAML, whose second item begins on the line after the first's."""
    one = (
        "counterparty: Lumen, jurisdiction: SE, gpu_model: H100-SXM-80GB, gpus: 8, start_date: 2026-01-01, "
        "end_date: 2027-01-01, committed_price_usd_per_gpu_hour: 1, upfront_usd: 0, take_or_pay_frac: 1, "
        "commitment_discount_id: cud-1"
    )
    file = tmp_path / "lease_contract.yaml"
    file.write_text("".join(f"- {{contract_id: {name}, {one}}}\n" for name in ("LC-1", "LC-2")))
    with pytest.raises(RegisterError, match="LC-2 and LC-1 both by cud-1") as refused:
        add(settings, file, day=1)
    assert (Path(refused.value.file).name, refused.value.line) == ("lease_contract.yaml", 2)


def test_a_tariff_that_leaves_an_hour_out_is_refused_by_file_and_line(settings: Settings, tmp_path: Path) -> None:
    text = (SAMPLES / "tariff" / "tariff.csv").read_text()
    file = tmp_path / "tariff.csv"
    file.write_text(text.replace("2026-01-01,,0,13,", "2026-01-01,,0,12,"))
    with pytest.raises(RegisterError, match="lis-colo-1 on 2026-01-01, of which 23 hours have a price") as refused:
        add(settings, file, day=1)
    assert (Path(refused.value.file).name, refused.value.line) == ("tariff.csv", 4)
