"""`docs/dictionary.md` is what the generator writes, and says what contracts and models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import dictionary
from pipelines.contracts import all_contracts


def test_the_page_is_what_is_generated() -> None:
    assert dictionary.difference(dictionary.PAGE.read_text(encoding="utf-8"), dictionary.page()) is None, (
        "run: make docs"
    )


def test_a_stale_page_is_told_with_the_line_and_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "dictionary.md"
    assert dictionary.main(["--page", str(page)]) == 0
    assert dictionary.main(["--check", "--page", str(page)]) == 0
    lines = page.read_text(encoding="utf-8").splitlines()
    page.write_text("\n".join([*lines[:6], "- A missing value is zero.", *lines[7:]]) + "\n", encoding="utf-8")
    assert dictionary.main(["--check", "--page", str(page)]) == 1
    told = capsys.readouterr().err
    assert "line 7" in told
    assert "make docs" in told


def test_a_page_that_is_not_there_is_stale(tmp_path: Path) -> None:
    assert dictionary.main(["--check", "--page", str(tmp_path / "none.md")]) == 1


def test_every_column_of_every_contract_is_on_the_page() -> None:
    page = dictionary.page()
    absent = [
        f"{table}.{column.name}"
        for table, contract in all_contracts().items()
        for column in contract.columns
        if f"| `{column.name}` |" not in section(page, table)
    ]
    assert absent == []


def section(page: str, table: str) -> str:
    """What the page says of a table."""
    return page.partition(f"\n### {table}\n")[2].partition("\n### ")[0]


def test_a_mart_says_grain_key_and_unit() -> None:
    said = section(dictionary.page(), "marts.fct_workload_tco_daily")
    assert "One row per day, workload, sourcing, location and GPU model." in said
    assert "Key: `usage_date`, `workload`, `sourcing`, `location`, `gpu_model`." in said
    assert "| `total_cost_usd` | DECIMAL(38,18) | USD | yes |" in said
    assert "| `gpu_hours_busy` | DOUBLE | GPU-hour |" in said


def test_what_stays_in_the_warehouse_is_told_so() -> None:
    page = dictionary.page()
    assert "Not published." in section(page, "raw.cost_line")
    assert "Not published." in section(page, "meta.delivery")
    assert "Not published." not in section(page, "meta.deliveries")


def test_a_billing_mapping_names_the_delivered_column() -> None:
    assert "| `billed_cost` | BilledCost (required) |" in section(dictionary.page(), "focus")
    assert "| `SavingsPlanNegation` | Usage | Usage-Based | 0:" in section(dictionary.page(), "aws_cur_legacy")


def test_text_of_a_cell_neither_ends_it_nor_turns_bold() -> None:
    assert dictionary._cell("a|b <c> __idle__") == r"a\|b &lt;c> \_\_idle\_\_"
