"""What docs/mapping.md shows works as it stands, and every key of a mapping is on the page."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from _mapped import HEADER, LINE, MAPPING, changed, outcome, write
from _run import candidates, run
from pydantic import BaseModel

from pipelines.errors import InputError
from pipelines.sources.billing import _mapped_keys, mapped_csv
from pipelines.sources.billing._mapped_file import REQUIRED, checked_mapping

PAGE = (Path(__file__).resolve().parents[4] / "docs/mapping.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
RULES = re.findall(r"^\| `([A-Z]\w+: [^`]+)` \|", PAGE, re.M)
PERIODS = re.findall(r"`(period: [^`]+)` \|$", PAGE, re.M)
FILE_KEYS = re.findall(
    r"^\| `(?:mapping|about|files|header|csv[.a-z_]*|null_words)` \|.*`(\w+: [^`]+)` \|$", PAGE, re.M
)


def test_the_mapping_of_the_page_reads_a_bill(tmp_path: Path) -> None:
    (whole,) = (block for block in BLOCKS if block.startswith("mapping:"))
    lines = "account,kind,day,amount\nA-1,usage,08/31/2026,2.50\nA-1,credit,08/31/2026,-1\n"
    (claim,) = mapped_csv.claim(candidates(write(tmp_path, whole, lines, "2026-08.csv")))
    result = run(mapped_csv, claim)
    assert result.total("billed_cost") == Decimal("1.5")
    assert result.scopes == ["mapped_csv|acme cloud|A-1|2026-08-01"]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_page_may_stand_in_a_mapping(rule: str) -> None:
    name = rule.partition(":")[0]
    others = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(f"  {name}:"))
    text = others.replace("month_of_charge", "{value: 2026-08}") + f"\n  {rule}\n"
    assert name in checked_mapping("m", text).rules


@pytest.mark.parametrize("text", [*PERIODS, *FILE_KEYS])
def test_a_key_of_the_page_may_stand_in_a_mapping(text: str) -> None:
    key = text.partition(":")[0]
    others = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(f"{key}:"))
    checked_mapping("m", f"{others}\n{text.replace(chr(92) + '|', '|')}\n")


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.startswith(("mapping:", "tags"))])
def test_a_block_of_the_page_may_stand_in_a_mapping(block: str) -> None:
    keys = tuple(re.findall(r"^(\w+:)", block, re.M))
    others = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(keys))
    checked_mapping("m", f"{others}\n{block}")


def test_the_page_was_found_to_show_something() -> None:
    """The tests above would pass on nothing."""
    assert (len(BLOCKS), len(RULES), len(PERIODS), len(FILE_KEYS)) == (5, 15, 4, 8)


def test_every_key_is_on_the_page() -> None:
    models = [
        kind
        for kind in vars(_mapped_keys).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == _mapped_keys.__name__
    ]
    keys = {info.alias or name for model in models for name, info in model.model_fields.items()} - {"factors", "of"}
    assert len(models) == 10
    assert {key for key in keys | set(REQUIRED) if not re.search(rf"\b{key}\b", PAGE)} == set()


def test_the_errors_on_the_page_are_those_that_are_told(tmp_path: Path) -> None:
    padded = changed("BilledCost: amount", "BilledCost: amont").replace("mapping: acme", "mapping: acme\nabout: x")
    write(tmp_path, padded, f"{HEADER}\n{LINE}\n", "2026-08.csv")
    with pytest.raises(InputError) as caught:
        run(mapped_csv, mapped_csv.claim(candidates(tmp_path))[0])
    assert str(caught.value) in PAGE


def test_a_zip_of_one_file_is_read(tmp_path: Path) -> None:
    """As the page says."""
    write(tmp_path, changed('"*.csv"', '"*.zip"'), "")
    (tmp_path / "bill.csv").unlink()
    with zipfile.ZipFile(tmp_path / "bill.zip", "w") as archive:
        archive.writestr("bill.csv", f"{HEADER}\n{LINE}\n")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    assert run(mapped_csv, claim).total("billed_cost") == Decimal("1.5")


def test_a_formula_on_the_page_is_worked_out_in_its_order(tmp_path: Path) -> None:
    """(2 + 3 − 1) · 4 / 8 = 2: sum, minus, times, divided by."""
    rule = "BilledCost: {sum: [a, b], minus: c, times: d, divided_by: 8}"
    header = f"{HEADER.removesuffix(',amount')},a,b,c,d"
    line = f"{LINE.removesuffix(',1.50')},2,3,1,4"
    assert outcome(tmp_path, changed("BilledCost: amount", rule), line, header=header).total("billed_cost") == Decimal(
        2
    )
