"""Register of drivers by which shared cost is split over workloads (CSV or YAML)."""

from collections.abc import Iterable
from typing import Final

from pipelines.sources.handkept import Problem, Row
from pipelines.sources.registers._register import Register, pattern_problem

KIND = "registers"
TABLE = "raw.shared_cost_driver"
SUMMARY = "Drivers by which shared cost is split over workloads, by date"
MODE = "replace"
SCOPE = "'raw.shared_cost_driver'"

PATTERNS: Final = ("provider_pattern", "service_category_pattern", "service_pattern", "charge_category_pattern")


def _problems(row: Row) -> Iterable[Problem]:
    """Faults of patterns, and of who is named."""
    for column in PATTERNS:
        if (text := row.values.get(column)) and (problem := pattern_problem(row, column, str(text))):
            yield problem
    driver, workload = row.values.get("driver"), row.values.get("workload")
    if driver == "workload" and workload is None:
        yield row.problem("workload", "the driver workload needs one", "name who bears the cost")
    elif driver != "workload" and workload is not None:
        yield row.problem("workload", f"{driver} names no workload", "leave it empty, or use the driver workload")


_REGISTER = Register(TABLE, marks=("driver",), row_check=_problems)
claim = _REGISTER.claim
read = _REGISTER.read
