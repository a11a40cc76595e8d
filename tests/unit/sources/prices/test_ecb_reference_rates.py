"""Reference rates of the ECB. Expected values are in the files above them, or by csv and Decimal from the real one."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.settings import Settings
from pipelines.sources.prices import ecb_reference_rates
from pipelines.warehouse import landing
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import load

HEADER = "Date,USD,JPY,BGN,CZK,DKK,GBP,HUF,PLN,SEK,CHF,"
HISTORY = f"""\
{HEADER}
2026-10-30,1.1172,175.68,N/A,24.353,7.4735,0.8338,366.33,4.4038,10.978,0.9194,
2026-10-29,1.1165,175.02,N/A,24.360,7.4736,0.8336,366.10,4.4041,10.981,0.9190,
1999-01-04,1.1789,133.73,N/A,35.107,7.4501,0.7111,251.48,4.0712,9.4696,1.6168,
"""
DAILY = """\
Date, USD, JPY, BGN, CZK, DKK, GBP, HUF, PLN, SEK, CHF, \n\
02 November 2026, 1.1180, 176.01, N/A, 24.350, 7.4734, 0.8340, 366.40, 4.4030, 10.970, 0.9200, \n"""


def outcome(folder: Path, text: str, name: str = "eurofxref.csv") -> Outcome:
    (folder / name).write_text(text)
    (claim,) = ecb_reference_rates.claim(candidates(folder))
    return run(ecb_reference_rates, claim)


def test_the_real_history_is_every_quote_exactly(shared: Path) -> None:
    """B12, T06: as published, zipped; against csv and Decimal."""
    (claim,) = ecb_reference_rates.claim(candidates(shared / "data/prices/fx"))
    with zipfile.ZipFile(claim.files[0].path) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    expected = {
        (row["Date"], currency): Decimal(rate)
        for row in csv.DictReader(io.StringIO(text))
        for currency, rate in row.items()
        if currency not in ("Date", "") and rate not in ("N/A", "")
    }
    result = run(ecb_reference_rates, claim)
    found = {(str(row["rate_date"]), row["currency"]): row["units_per_base_ratio"] for row in result.kept}
    assert len(found) == len(result.kept) == 221_702
    assert found == expected
    assert result.rejected == []


def test_a_rate_is_units_of_the_currency_for_one_euro(tmp_path: Path) -> None:
    row = outcome(tmp_path, HISTORY).kept[0]
    shown = (row["rate_date"], row["base_currency"], row["currency"], row["units_per_base_ratio"])
    assert shown == (date(2026, 10, 30), "EUR", "USD", Decimal("1.1172"))


def test_a_currency_that_was_not_quoted_has_no_rate(tmp_path: Path) -> None:
    """Missing is no row, and not the rate of another day."""
    rows = outcome(tmp_path, HISTORY).kept
    assert len(rows) == 3 * 9
    assert "BGN" not in {row["currency"] for row in rows}


def test_the_file_of_one_day_writes_its_date_in_words(tmp_path: Path) -> None:
    rows = outcome(tmp_path, DAILY).kept
    assert len(rows) == 9
    assert {row["rate_date"] for row in rows} == {date(2026, 11, 2)}
    assert rows[0]["units_per_base_ratio"] == Decimal("1.118")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("0", "units_per_base_ratio: not above 0"),
        ("0.0000", "units_per_base_ratio: not above 0"),
        ("-1.1172", "units_per_base_ratio: not a rate"),
        ("NaN", "units_per_base_ratio: not a rate"),
        ("1_1172", "units_per_base_ratio: not a rate"),
        ("1e3", "units_per_base_ratio: not a rate"),
        ("1.0000000000000000001", "units_per_base_ratio: not a rate"),
    ],
)
def test_what_is_no_rate_above_zero_is_rejected_with_its_text(tmp_path: Path, cell: str, reason: str) -> None:
    """M10, T05."""
    result = outcome(tmp_path, HISTORY.replace("1.1172", cell))
    assert [(row["reject_reason"], row["reject_value"]) for row in result.rejected] == [(reason, cell)]
    assert len(result.kept) == 26


def test_a_date_of_another_form_is_rejected_with_its_text(tmp_path: Path) -> None:
    """T03."""
    result = outcome(tmp_path, HISTORY.replace("2026-10-29", "10/29/2026"))
    assert {(row["reject_reason"], row["reject_value"]) for row in result.rejected} == {
        ("rate_date: not a DATE", "10/29/2026")
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",10.981,0.9190,\n", ",10.98\n", "has 10 values for 12 columns"),
        ("0.9190,\n", "0.9190,7\n", "12 values for 12 columns"),
        ("2026-10-29", "2026-10-30", "2026-10-30 stands in line 2 already"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    """B08, B03."""
    with pytest.raises(InputError, match=message) as caught:
        outcome(tmp_path, HISTORY.replace(old, new))
    assert caught.value.line == 3


def test_each_rate_has_a_row_number_of_its_own(tmp_path: Path) -> None:
    """Promise 3: (data row − 1) · 10 currencies + the currency's place."""
    rows = outcome(tmp_path, HISTORY).kept
    places = {(str(row["rate_date"]), row["currency"]): row["source_row"] for row in rows}
    assert (places["2026-10-30", "USD"], places["1999-01-04", "CHF"]) == (1, 30)


def test_other_tables_with_a_date_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("Date,USD,EUR\n2026-10-30,1,2\n")
    (tmp_path / "words.csv").write_text(
        "Date,One,Two,Three,Four,Five,Six,Seven,Eight,Nine,Ten,USD\n" + "1," * 11 + "1\n"
    )
    assert ecb_reference_rates.claim(candidates(tmp_path)) == []


def rates_after(folder: Path, *deliveries: str) -> dict[tuple[str, str], Decimal]:
    """US dollar rates that stand after files have been added one after another, by file and day."""
    settings = Settings(home=folder / "home", min_free_disk_bytes=0)
    for place, text in enumerate(deliveries):
        file = folder / f"file{place}.csv"
        file.write_text(text)
        landing.add(settings, [file], received_at=datetime(2026, 11, 2, place))
    with writing(settings) as connection:
        load(connection, landing.deliveries(settings.paths), settings)
        rows = connection.execute(
            "select source_part, rate_date, units_per_base_ratio from raw.fx_rate where currency = 'USD'"
        ).fetchall()
    return {(part.rpartition("/")[2], str(day)): rate for part, day, rate in rows}


def test_a_file_of_one_day_does_not_wipe_out_the_history(tmp_path: Path) -> None:
    """B02 the other way round: what is not in it is not removed."""
    found = rates_after(tmp_path, HISTORY, DAILY)
    days = ["1999-01-04", "2026-10-29", "2026-10-30", "2026-11-02"]
    assert sorted(day for _, day in found) == days


def test_a_history_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """B01, B02: rows do not pile up, and a day that was taken back is gone."""
    newer = HISTORY.replace("1.1172", "1.1173").replace("2026-10-29", "2026-10-28")
    found = rates_after(tmp_path, HISTORY, newer)
    assert {part for part, _ in found} == {"file1.csv"}
    assert sorted(day for _, day in found) == ["1999-01-04", "2026-10-28", "2026-10-30"]


def test_an_older_history_that_comes_late_stays_out(tmp_path: Path) -> None:
    """B09."""
    older = "\n".join(line for line in HISTORY.splitlines() if not line.startswith("2026-10-30")) + "\n"
    assert {part for part, _ in rates_after(tmp_path, HISTORY, older)} == {"file0.csv"}


def test_a_cut_history_stands_beside_the_whole(tmp_path: Path) -> None:
    """Ninety days, say: they do not remove what is before them."""
    cut = "\n".join(HISTORY.splitlines()[:3]) + "\n"
    found = rates_after(tmp_path, HISTORY, cut)
    assert ("file0.csv", "1999-01-04") in found


def test_a_zip_is_the_same_delivery_as_what_is_in_it(tmp_path: Path) -> None:
    """B03."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    plain, packed = tmp_path / "eurofxref-hist.csv", tmp_path / "eurofxref-hist.zip"
    plain.write_text(HISTORY)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "eurofxref-hist.csv")
    added = [landing.add(settings, [file], received_at=datetime(2026, 11, 2))[0].is_new for file in (plain, packed)]
    assert added == [True, False]


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X07."""
    monkeypatch.setattr(ecb_reference_rates, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        outcome(tmp_path, HISTORY + HISTORY.splitlines()[1] * 20)
