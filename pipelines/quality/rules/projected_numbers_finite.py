"""A projected number is a number: what cannot be computed is null and said to be, never not-a-number or infinite.

Not-a-number passes every comparison in a reader's query as larger than anything.
"""

from __future__ import annotations

from typing import Final

from pipelines.contracts import Contract, all_contracts
from pipelines.quality.check import BETWEEN, Check, Gate, Look
from pipelines.sources.sql import quote

GATE: Final[Gate] = "publish"
NEEDS: Final = ()


def checks(look: Look) -> list[Check]:
    """Values that are not finite, by table."""
    return [
        _check(look, contract, doubles)
        for contract in all_contracts().values()
        if contract.table.startswith("projections.") and look.rows.get(contract.table)
        if (doubles := [column.name for column in contract.columns if column.type == "DOUBLE"])
    ]


def _check(look: Look, contract: Contract, doubles: list[str]) -> Check:
    counts = ", ".join(f"count(*) filter (where not isfinite({quote(name)})) as {quote(name)}" for name in doubles)
    counted = {name: count for name, count in look.one(f"select {counts} from {contract.table}").items() if count}
    return Check(
        table=contract.table,
        column="not_finite_count",
        expectation=BETWEEN,
        evidence=(sum(counted.values()), sum(counted.values())),
        expected="every number finite, or null",
        observed=", ".join(f"{count:,} in {name}" for name, count in counted.items()) or "all finite",
        unexpected_rows=sum(counted.values()),
        next_step="a defect of the projection, or a scenario that divides by zero: mend it and project again",
        parameters={"max_value": 0},
    )
