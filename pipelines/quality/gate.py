"""The two gates: gather the checks, have Great Expectations judge them, tell what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipelines.contracts import contract_for
from pipelines.errors import QualityGateError
from pipelines.quality.check import Check, Gate, look_at
from pipelines.quality.contract_checks import contract_checks
from pipelines.quality.great_expectations_run import judge
from pipelines.quality.rules import all_rules
from pipelines.sources.frames import DTYPES

if TYPE_CHECKING:
    import duckdb

    from pipelines.settings import Settings

RESULT_SCHEMA = pl.Schema({column.name: DTYPES[column.type] for column in contract_for("meta.quality_result").columns})


@dataclass(frozen=True)
class GateResult:
    """What a gate found.

    Attributes:
        gate: ingest or publish.
        results: one row a check, columns of meta.quality_result.
        passed: no check of severity error failed.
        warned: deliveries whose rows the next gate has to look at again.
    """

    gate: str
    results: pl.DataFrame
    passed: bool
    warned: tuple[str, ...] = ()

    def failures(self) -> list[str]:
        """One line an error: `table.column: expected …; seen: …; next: …`."""
        return self._lines("error")

    def warnings(self) -> list[str]:
        """The same for what does not close the gate."""
        return self._lines("warning")

    def _lines(self, severity: str) -> list[str]:
        failed = self.results.filter(~pl.col("success") & (pl.col("severity") == severity))
        return [
            f"{row['table_name']}.{row['column_name']}: expected {row['expected']}; seen: {row['observed']}; "
            f"next: {row['next_step']}"
            for row in failed.iter_rows(named=True)
        ]


def run_gate(connection: duckdb.DuckDBPyConnection, gate: Gate, *, as_of: date, settings: Settings) -> GateResult:
    """Check the warehouse; it is only read.

    Tables that do not exist or hold no rows have nothing to check: a gate on an empty warehouse passes.

    Args:
        connection: to the warehouse.
        gate: "ingest" before dbt builds, "publish" after projection and before readers see anything.
        as_of: the day the run speaks for.
        settings: the home, named in next steps.
    """
    look = look_at(connection, as_of, settings)
    checks = contract_checks(look, gate)
    for rule in all_rules().values():
        if gate == rule.GATE and all(look.rows.get(table) for table in rule.NEEDS):
            checks += rule.checks(look)
    checks.sort(key=lambda check: check.table)
    verdicts = judge(checks)
    rows = [_row(gate, check, success) for check, success in zip(checks, verdicts, strict=True)]
    passed = all(success or check.severity == "warning" for check, success in zip(checks, verdicts, strict=True))
    warned = tuple(delivery_id for check in checks for delivery_id in check.warned)
    return GateResult(gate, pl.DataFrame(rows, schema=RESULT_SCHEMA), passed, warned)


def _row(gate: Gate, check: Check, success: bool) -> dict[str, object]:
    return {
        "gate": gate,
        "table_name": check.table,
        "expectation": check.expectation,
        "column_name": check.column,
        "severity": check.severity,
        "success": success,
        "expected": check.expected,
        "observed": check.observed,
        "unexpected_rows": check.unexpected_rows,
        "next_step": None if success else check.next_step,
    }


def raise_on_failure(result: GateResult) -> None:
    """Return where the gate passed.

    Raises:
        QualityGateError: lists every failure, each with its next step.
    """
    if result.passed:
        return
    failures = result.failures()
    faults = "1 fault" if len(failures) == 1 else f"{len(failures)} faults"
    raise QualityGateError(
        f"the {result.gate} gate found {faults}:\n" + "\n".join(f"  {line}" for line in failures),
        next_step="mend what is named, then refresh again; what is published stays as it was",
    )
