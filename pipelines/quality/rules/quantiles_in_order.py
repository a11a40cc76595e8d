"""A higher quantile is never below a lower one: p5 ≤ p50 ≤ p95.

Quantiles that cross come from draws that were mixed up, and would turn a fan chart and a risk inside out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pipelines.contracts import Contract, all_contracts
from pipelines.quality.check import BETWEEN, Check, Gate, Look
from pipelines.sources.sql import quote

GATE: Final[Gate] = "publish"
NEEDS: Final = ()
# `p5_npv_saving_usd`: the quantile, then what it is of.
QUANTILE: Final = re.compile(r"p(\d+)_(.+)")
NEXT_STEP: Final = "a defect of the projection: project again, and keep the scenario and its seed if it stays"


def checks(look: Look) -> list[Check]:
    """Quantiles side by side in columns, and under one another in rows."""
    found: list[Check] = []
    for contract in all_contracts().values():
        if contract.table.startswith("projections.") and look.rows.get(contract.table):
            found += _across_columns(look, contract)
            if {"quantile_frac", "quantile_value"} <= set(contract.names):
                found.append(_down_rows(look, contract))
    return found


def _across_columns(look: Look, contract: Contract) -> Iterator[Check]:
    families: dict[str, list[tuple[int, str]]] = {}
    for name in contract.names:
        if match := QUANTILE.fullmatch(name):
            families.setdefault(match[2], []).append((int(match[1]), name))
    for family in families.values():
        for (_, lower), (_, upper) in pairwise(sorted(family)):
            yield _check(look, contract, f"{quote(upper)} - {quote(lower)}", contract.table, f"{upper} - {lower}")


def _down_rows(look: Look, contract: Contract) -> Check:
    groups = ", ".join(quote(name) for name in contract.key if name != "quantile_frac")
    step = f"quantile_value - lag(quantile_value) over (partition by {groups} order by quantile_frac)"
    # A quantile that is never reached has no value and no place in the order.
    rows = f"(select * from {contract.table} where quantile_value is not null)"
    return _check(look, contract, step, rows, "quantile_value - the next lower")


def _check(look: Look, contract: Contract, step: str, rows: str, column: str) -> Check:
    label = ", ', ', ".join(f"cast({quote(name)} as varchar)" for name in contract.key)
    found = look.one(
        f"select min(step) as low, max(step) as high, count(*) filter (where step < 0) as crossed, "
        "min(label) filter (where step < 0) as example "
        f"from (select {step} as step, concat({label}) as label from {rows}) as steps"
    )
    return Check(
        table=contract.table,
        column=column,
        expectation=BETWEEN,
        evidence=(found["low"], found["high"]),
        expected="at least 0",
        observed=f"{found['crossed']:,} rows below 0, lowest {found['low']}, as {found['example']}"
        if found["crossed"]
        else f"lowest {found['low']}",
        unexpected_rows=found["crossed"],
        next_step=NEXT_STEP,
        parameters={"min_value": 0},
    )
