"""Sums of money while loading equal Python's Decimal, whatever the order of rows and the number of threads."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pytest
from _homes import ARRIVAL, add, focus_line, settings_of, write_lines

from pipelines.sources.files import Candidate
from pipelines.sources.model import Contents, Delivery, LandedFile
from pipelines.terminal import added_table
from pipelines.warehouse.incoming import inspect

ROWS = 4000


def amounts() -> list[str]:
    """Texts as exports write them: signed, tiny, huge, with exponents."""
    chance = random.Random(20260901)
    made = [f"{chance.uniform(-50, 500):.{chance.randint(2, 15)}f}" for _ in range(ROWS - 4)]
    return [*made, "1E-05", "-2.5e-7", "123456789012.123456789", "-0"]


def contents_of(path: Path, threads: int, folder: Path) -> Contents:
    """What the loader counts in a file."""
    file = LandedFile(path.name, path, "sha", path.stat().st_size)
    delivery = Delivery("d", "billing", "focus", "test", ARRIVAL, (file,))
    assert Candidate(path.name, path).columns
    return inspect(delivery, settings_of(folder, threads=threads))


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_sum_is_the_decimal_sum_for_any_order_and_threads(tmp_path: Path, threads: int, suffix: str) -> None:
    """M01, T05: independent sum by decimal.Decimal."""
    costs = amounts()
    random.Random(threads).shuffle(costs)
    lines = [focus_line(f"r{number}", cost) for number, cost in enumerate(costs)]
    found = contents_of(write_lines(tmp_path / f"focus{suffix}", lines), threads, tmp_path)
    assert (found.rows, found.billed_cost) == (ROWS, sum(map(Decimal, costs)))


def test_a_cost_beyond_eighteen_places_rounds_half_away_from_zero(tmp_path: Path) -> None:
    """T06: 1.5e-18 becomes 2e-18, -1.5e-18 becomes -2e-18; their sum and a dollar stay exact."""
    lines = [focus_line("a", "0.0000000000000000015"), focus_line("b", "-0.0000000000000000015"), focus_line("c", "1")]
    found = contents_of(write_lines(tmp_path / "focus.csv", lines), 2, tmp_path)
    assert found.billed_cost == Decimal(1)


@pytest.mark.parametrize("text", ["1_000", "NaN", "inf", "-Infinity", "0x10", "1,5", "$5", "1 000"])
def test_what_is_no_plain_number_is_no_cost(tmp_path: Path, text: str) -> None:
    """T04, T05: refused, never read as something near it."""
    from pipelines.errors import InputError

    with pytest.raises(InputError, match="billed_cost: not a DECIMAL"):
        contents_of(write_lines(tmp_path / "focus.csv", [focus_line("a", text)]), 2, tmp_path)


def test_what_was_billed_has_its_currency_from_adding_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_of(tmp_path)
    lines = [focus_line("a", "1.50", BillingCurrency="USD"), focus_line("b", "2", BillingCurrency="EUR")]
    path = write_lines(tmp_path / "bill.csv", lines)
    added_table(add(settings, path))
    assert capsys.readouterr().out.splitlines()[1].split()[-4:] == ["3.50", "EUR,", "USD", "new"]
    # As its record tells it, which is what a second addition reads.
    added_table(add(settings, path, day=1))
    assert capsys.readouterr().out.splitlines()[1].split()[-6:-3] == ["3.50", "EUR,", "USD"]
