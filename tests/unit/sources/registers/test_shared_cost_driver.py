"""Drivers of shared cost: who is named, and patterns that compile, said with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from _run import candidates, csv_text, run

from pipelines.errors import RegisterError
from pipelines.sources.registers import shared_cost_driver

COLUMNS = ["rule_id", "priority_index", "service_pattern", "charge_category_pattern", "driver", "workload"]
EQUAL = {"rule_id": "r1", "priority_index": "10", "service_pattern": "Support.*", "driver": "equal"}


def test_a_rule_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "drivers.csv").write_text(csv_text(COLUMNS, EQUAL))
    (claim,) = shared_cost_driver.claim(candidates(tmp_path))
    (row,) = run(shared_cost_driver, claim).kept
    names = ("service_pattern", "charge_category_pattern", "driver", "workload", "valid_to_date")
    assert [row[name] for name in names] == ["Support.*", None, "equal", None, None]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (EQUAL | {"driver": "gpu-hours"}, "did you mean 'gpu_hours'?"),
        (EQUAL | {"driver": "workload"}, "the driver workload needs one; name who bears the cost"),
        (EQUAL | {"workload": "search"}, "equal names no workload"),
        (EQUAL | {"service_pattern": "Support("}, "column service_pattern: 'Support(' does not compile"),
        (EQUAL | {"charge_category_pattern": "(?=Tax)"}, "column charge_category_pattern: '(?=Tax)' does not compile"),
    ],
)
def test_a_fault_is_named_with_its_line_and_remedy(tmp_path: Path, rule: dict[str, str], words: str) -> None:
    (tmp_path / "drivers.csv").write_text(csv_text(COLUMNS, rule))
    (claim,) = shared_cost_driver.claim(candidates(tmp_path))
    with pytest.raises(RegisterError) as raised:
        run(shared_cost_driver, claim)
    assert words in raised.value.message and raised.value.line == 2
