"""The marts as dbt built them, in the shape of what is expected, and where the two differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from _company import AS_OF, FIRST, QUOTES, Company
from _expected import Cells, Key, Tables, Value
from _expected_shares import Quotient
from _pools import bill
from _random_rules import LINEAGE
from _telemetry import Telemetry, ask, build, deliver

from pipelines.settings import Settings

POOL = ("usage_date", "sourcing", "location", "gpu_model")


@dataclass(frozen=True)
class Mart:
    """What is compared of a mart.

    Attributes:
        key: columns that name a row.
        amounts: columns in which no row and no value are as good as 0.
        measures: columns in which only null is as good as no value.
        rows: which of its rows.
    """

    key: tuple[str, ...]
    amounts: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    rows: str = "true"


MARTS = {
    "fct_allocated_cost_daily": Mart(
        (*POOL, "workload", "cost_class", "allocation_basis", "shared_driver"), amounts=("cost_usd",)
    ),
    "fct_workload_tco_daily": Mart(
        (*POOL, "workload"),
        amounts=(
            "direct_cost_usd", "idle_cost_usd", "shared_cost_usd", "unallocated_cost_usd", "over_allocated_cost_usd",
            "total_cost_usd", "gpu_hours_paid", "gpu_hours_allocated", "gpu_hours_busy", "completed_jobs_count",
            "failed_jobs_count", "cancelled_jobs_count",
        ),
        measures=(
            "gpu_energy_kwh", "wall_energy_kwh", "facility_energy_kwh", "operational_kgco2e", "embodied_kgco2e",
            "requests_count", "input_tokens_count", "output_tokens_count",
        ),
    ),
    "fct_unit_cost_daily": Mart(
        (*POOL, "workload"),
        amounts=("total_cost_usd",),
        measures=(
            "cost_usd_per_paid_gpu_hour", "cost_usd_per_allocated_gpu_hour", "cost_usd_per_busy_gpu_hour",
            "cost_usd_per_1m_input_tokens", "cost_usd_per_1m_output_tokens", "cost_usd_per_1m_tokens",
            "cost_usd_per_request", "direct_cost_usd_per_training_run", "direct_cost_usd_per_fine_tuning_job",
            "unfinished_job_cost_usd", "gpu_energy_j_per_token", "wall_energy_j_per_token",
            "facility_energy_j_per_token",
        ),
    ),
    "fct_job": Mart(("job_id",), measures=("workload", "outcome", "gpu_hours", "direct_cost_usd")),
    "fct_job_outcome_daily": Mart(
        (*POOL, "workload", "outcome"),
        amounts=("running_jobs_count", "ended_jobs_count", "gpu_hours"),
        measures=("direct_cost_usd",),
    ),
    "fct_owned_energy_hourly": Mart(
        ("hour_at", "asset_id"), measures=("wall_energy_kwh", "fixed_wall_energy_kwh", "facility_energy_kwh")
    ),
    "fct_gpu_usage_hourly": Mart(
        ("hour_at", "gpu_uuid", "mig_instance", "workload", "workload_basis"),
        amounts=(
            "covered_seconds", "allocated_seconds", "busy_seconds", "unknown_seconds", "frozen_seconds",
            "energy_seconds",
        ),
        measures=("sourcing", "location", "gpu_model", "gpu_energy_kwh"),
    ),
    "fct_serving_hourly": Mart(
        ("hour_at", "engine", "service", "model_name", "namespace"),
        measures=(
            "workload", "requests_count", "input_tokens_count", "output_tokens_count", "time_to_first_token_seconds",
        ),
    ),
    # What is leased of it is in allocated cost, by what is known of each line.
    "fct_cost_daily": Mart(
        ("charge_date", "location", "service_name", "gpu_model"), ("effective_cost_usd",), rows="sourcing = 'owned'"
    ),
    "fct_lease_contract_daily": Mart(
        ("contract_id", "usage_date"),
        measures=(
            "settlement_index", "usage_basis", "bill_basis", "committed_gpu_hours", "owed_gpu_hours", "used_gpu_hours",
            "shortfall_gpu_hours", "beyond_gpu_hours", "used_cost_usd", "shortfall_cost_usd", "prepayment_usd",
            "termination_usd", "accrued_cost_usd", "idle_cost_usd", "billed_cost_usd", "effective_cost_usd",
            "accrual_difference_usd",
        ),
    ),
    "fct_fleet_month": Mart(
        ("usage_month", "gpu_model", "sourcing", "location"),
        amounts=(
            "accrued_cost_usd", "capex_cost_usd", "capital_charge_usd", "opex_cost_usd", "capex_cash_usd",
            "opex_cash_usd", "cash_usd", "gpu_hours_paid", "gpu_hours_allocated",
        ),
        measures=(
            "gpu_hours_busy", "gpu_hours_measured", "allocated_frac",
            "busy_frac", "measured_frac", "cost_usd_per_paid_gpu_hour", "cost_usd_per_allocated_gpu_hour",
            "cost_usd_per_busy_gpu_hour", "other_realised_usd_per_gpu_hour", "other_realised_cost_usd",
            "dearer_than_other_realised_usd", "other_list_usd_per_gpu_hour", "other_list_cost_usd",
            "dearer_than_other_list_usd",
        ),
    ),
}  # fmt: skip
NULLABLE = ("gpu_model", "mig_instance", "engine", "service", "model_name", "namespace")
# Cuts of the models at 1e-18 USD and 1e-9 kWh, and the binary floats of marts, add up to less. A millisecond of a GPU
# at 10 USD an hour is 3e-6 USD.
TOLERANCE = Fraction(1, 10**7)


@dataclass(frozen=True)
class Difference:
    """A value that the models and the second calculation see otherwise."""

    table: str
    key: Key
    column: str
    expected: Value
    found: Value

    def __str__(self) -> str:
        """Company, table, row, column and both values."""
        seeds = re.findall(r"\bc(\d{6})\b", " ".join(map(str, self.key)))
        whose = f"company {int(seeds[0])}" if seeds else "all companies"
        row = ", ".join(f"{name} {part}" for name, part in zip(MARTS[self.table].key, self.key, strict=True))
        values = f"{_shown(self.expected)} by the second calculation, {_shown(self.found)} in the mart"
        return f"{whose}: {self.table}, {row}: {self.column} is {values}"


def build_marts(settings: Settings, companies: Iterable[Company]) -> None:
    """All companies into one warehouse, and the marts of them by one run of dbt."""
    ones = list(companies)
    rates = [
        LINEAGE | {"rate_date": day, "currency": currency, "base_currency": "EUR", "units_per_base_ratio": units}
        for (day, currency), units in QUOTES.items()
    ]
    by_table = [one.tables() for one in ones]
    tables = {name: [row for table in by_table for row in table[name]] for name in by_table[0]}
    samples = Telemetry([row for one in ones for row in one.telemetry.rows])
    deliver(settings, samples, {**tables, "raw.fx_rate": rates})
    bill(settings, [line for one in ones for line in one.lines])
    build(settings, FIRST, AS_OF, select=[f"+{name}" for name in MARTS])


def found_in_marts(settings: Settings) -> Tables:
    """Rows of each mart by their key."""
    return {name: _rows(settings, name, mart) for name, mart in MARTS.items()}


def together(each: Iterable[Tables]) -> Tables:
    """Rows of all companies; those of one key, at the place that nobody knows, are added up."""
    tables: Tables = {name: {} for name in MARTS}
    for one in each:
        for name, rows in one.items():
            for key, cells in rows.items():
                tables[name][key] = _added(tables[name][key], cells) if key in tables[name] else cells
    return tables


def differences(expected: Tables, found: Tables, table: str) -> tuple[int, list[Difference]]:
    """How many values of a mart were compared, and those that differ."""
    values = list(_compared(expected[table], found[table], table))
    return len(values), [value for value in values if not _same(value)]


def _rows(settings: Settings, name: str, mart: Mart) -> dict[Key, Cells]:
    columns = (*mart.amounts, *mart.measures)
    keys = [f"coalesce({column}, 'none')" if column in NULLABLE else column for column in mart.key]
    rows = ask(settings, f"select {', '.join((*keys, *columns))} from marts.{name} where {mart.rows}")
    found = {row[: len(keys)]: dict(zip(columns, row[len(keys) :], strict=True)) for row in rows}
    assert len(found) == len(rows), f"rows of {name} have the same {', '.join(mart.key)}"
    return found


def _compared(expected: dict[Key, Cells], found: dict[Key, Cells], table: str) -> Iterator[Difference]:
    mart = MARTS[table]
    for key in sorted(expected.keys() | found.keys(), key=str):
        mine, theirs = expected.get(key, {}), found.get(key, {})
        for column in mart.amounts:
            yield Difference(table, key, column, mine.get(column) or 0, theirs.get(column) or 0)
        for column in mart.measures:
            yield Difference(table, key, column, mine.get(column), theirs.get(column))


def _same(value: Difference) -> bool:
    mine, theirs = value.expected, value.found
    if mine is None or theirs is None or isinstance(mine, str):
        return mine == theirs
    if isinstance(mine, Quotient):
        # As exact as what is divided: a few microwatt-hours over few tokens would be seen as many joules.
        mine, theirs = mine.amount, Fraction(theirs) * mine.count
    return abs(Fraction(mine) - Fraction(theirs)) <= TOLERANCE * max(1, abs(Fraction(mine)))


def _added(one: Cells, other: Cells) -> Cells:
    both = dict(one)
    for column, value in other.items():
        before = both.get(column)
        both[column] = value if before is None else before if value is None else before + value
    return both


def _shown(value: Value) -> str:
    value = value.amount / value.count if isinstance(value, Quotient) else value
    return f"{float(value):.12g}" if isinstance(value, Fraction) else str(value)
