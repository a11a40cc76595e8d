"""A small published home made by hand, and a page read back.

Marts and meta are created from the columns their `.yml` promises, projections from their contracts, so a renamed column
breaks here first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
from ruamel.yaml import YAML

from pipelines.contracts import contract_for
from pipelines.settings import REPOSITORY, Settings
from pipelines.sources.sql import quote
from pipelines.warehouse.publish import publish

MODELS = REPOSITORY / "dbt_project" / "models" / "marts"
EVIL = "<img src=x onerror=alert(1)>"
AS_OF = date(2026, 9, 1)
KEY = {"scenario": "plan", "variant": "base", "as_of_date": AS_OF}
WHY_NOT = "its lead time of 9 months is longer than the 6 allowed"
SOURCE = "price list, https://prices.example/gpu"

# Owning is bought at an hourly price of 2.00 at 80 % use and breaks even with 4.00 at 35 %.
OWN = {
    "owned_gpus": 8, "committed_gpus": 0.0, "own_gpu_model": "H100-SXM-80GB", "held_used_frac": 0.8,
    "capex_usd_nominal": 250_000.25, "total_cost_usd_nominal": 430_000.0, "npv_cost_usd": 400_123.456789,
    "npv_saving_usd": 399_876.5, "levelised_cost_usd_per_gpu_hour": 1.9, "irr_frac_per_year": 0.42,
    "irr_status": "one", "payback_months": 14.0, "discounted_payback_months": 15.5, "break_even_hours": 9_000.0,
    "break_even_used_frac": 0.35, "break_even_daily_hours": 8.4, "break_even_lease_price_usd_per_gpu_hour": 2.0,
    "cheaper_draws_frac": 0.974, "pays_back_draws_frac": 0.95, "mean_npv_saving_usd": 391_234.5678,
    "p5_npv_saving_usd": 12_345.678, "p50_npv_saving_usd": 390_000.0, "p95_npv_saving_usd": 700_000.0,
    "cvar_npv_saving_usd": -5_000.5, "expected_regret_usd": 1_000.0,
}  # fmt: skip
STAY = {
    "owned_gpus": 0, "committed_gpus": 0.0, "capex_usd_nominal": 0.0, "total_cost_usd_nominal": 860_000.0,
    "npv_cost_usd": 800_000.0, "npv_saving_usd": 0.0, "levelised_cost_usd_per_gpu_hour": 3.8, "irr_status": "none",
    "cheaper_draws_frac": 0.0, "mean_npv_saving_usd": 0.0, "p5_npv_saving_usd": 0.0, "p50_npv_saving_usd": 0.0,
    "p95_npv_saving_usd": 0.0, "cvar_npv_saving_usd": 0.0, "expected_regret_usd": 391_234.5678,
}  # fmt: skip
RUN = {
    "question": f"Would owning pay off for {EVIL}?", "horizon_months": 36, "draws_count": 1000, "seed": 7,
    "spread_ratio": 1.0, "code_revision": "c0de", "warehouse_version": "w1", "assumptions_sha256": "a" * 64,
    "scenario_sha256": "b" * 64, "month_hours_convention": "730", "fixed_opex_basis": "calendar_hour",
    "break_even_basis": "npv", "compared": "compute", "lease_price_includes": "compute", "price_basis": "realised",
    "demand_basis": "allocated", "payment_timing": "arrears", "residual_basis": "resale_curve", "stub_basis": "owed",
    "tax_convention": "none",
}  # fmt: skip


def summary(workload: str, strategy: str, **values: Any) -> dict[str, Any]:
    """A row of the summary that can be done."""
    common = {"workload_kind": "inference", "feasible": True, "recommended": False, "gpu_model": "H100-SXM-80GB",
              "demand_gpu_hours": 210_240.0}  # fmt: skip
    return {**KEY, "workload": workload, "strategy": strategy, **common, **values}


def barred(workload: str, strategy: str) -> dict[str, Any]:
    """A row of the summary that cannot be done."""
    return {**KEY, "workload": workload, "strategy": strategy, "feasible": False, "infeasible_reason": WHY_NOT,
            "recommended": False}  # fmt: skip


def flip(workload: str, strategy: str, parameter: str, unit: str, base: float, at: float | None) -> dict[str, Any]:
    """A threshold."""
    return {**KEY, "workload": workload, "strategy": strategy, "parameter": parameter, "unit_name": unit,
            "basis": "npv", "status": "never" if at is None else "flips", "base_value": base, "threshold_value": at,
            "searched_from_value": 0.0, "searched_to_value": base * 20,
            "past_draws_frac": 0.0 if at is None else 0.25}  # fmt: skip


def swing(name: str, rank: int, unit: str, low: float, high: float) -> dict[str, Any]:
    """A number moved to both ends of its range, from 1 to 3 around 2."""
    return {**KEY, "workload": "chat", "strategy": "own_colocation", "assumption": name, "method": "one_way",
            "rank_index": rank, "unit_name": unit, "low_value": 1.0, "base_value": 2.0, "high_value": 3.0,
            "low_npv_saving_usd": low, "high_npv_saving_usd": high, "swing_usd": abs(high - low),
            "flips": low * high < 0}  # fmt: skip


def worth(name: str, rank: int, usd: float) -> dict[str, Any]:
    """What knowing a number is worth."""
    return {**KEY, "workload": "chat", "assumption": name, "rank_index": rank, "information_value_usd": usd,
            "standard_error_usd": usd / 20}  # fmt: skip


def cash(workload: str, strategy: str, component: str, sourcing: str, monthly: list[float]) -> list[dict[str, Any]]:
    """A component by month; its present value is taken as nine tenths."""
    return [
        {**KEY, "workload": workload, "strategy": strategy, "component": component, "month_index": index,
         "month_start_date": date(2026, 9 + index, 1), "sourcing": sourcing, "cash_usd_nominal": usd,
         "mean_cash_usd_nominal": usd + 1.0, "present_value_usd": usd * 0.9}
        for index, usd in enumerate(monthly)
    ]  # fmt: skip


def assumption(workload: str, name: str, unit: str, base: float) -> dict[str, Any]:
    """A number used."""
    return {**KEY, "workload": workload, "assumption": name, "age_months": 0, "unit_name": unit,
            "low_value": base / 2, "base_value": base, "high_value": base * 2, "origin": "assumption file",
            "source": SOURCE, "confidence": "low", "from_date": date(2026, 1, 1)}  # fmt: skip


PROJECTIONS: dict[str, list[dict[str, Any]]] = {
    "projections.strategy_summary": [
        summary("chat", "stay_on_demand", **STAY),
        summary("chat", "own_colocation", **OWN | {"recommended": True}),
        summary("chat", "commit_1y", **STAY | {"committed_gpus": 6.5, "levelised_cost_usd_per_gpu_hour": 2.85,
                                               "p95_npv_saving_usd": 10.0, "payback_months": 0.0}),
        barred("chat", "own_base_lease_burst"),
        summary(EVIL, "stay_on_demand", **STAY | {"recommended": True, "npv_cost_usd": 5_000.0}),
        summary(EVIL, "own_colocation", **OWN | {"mean_npv_saving_usd": -9_000.0, "p5_npv_saving_usd": -20_000.0,
                                                 "p95_npv_saving_usd": -1.0, "payback_months": None,
                                                 "break_even_used_frac": None}),
    ],
    "projections.projection_run": [{**KEY, **RUN}],
    "projections.threshold": [
        flip("chat", "own_colocation", "on_demand_usd_per_gpu_hour", "USD/GPU-hour", 4.0, 2.0),
        flip("chat", "own_colocation", "energy_usd_per_kwh", "USD/kWh", 0.12, None),
        flip(EVIL, "own_colocation", "on_demand_usd_per_gpu_hour", "USD/GPU-hour", 1.0, 2.0),
    ],
    "projections.sensitivity": [
        swing("on_demand_usd_per_gpu_hour", 1, "USD/GPU-hour", -50_000.0, 900_000.5),
        swing("energy_usd_per_kwh", 2, "USD/kWh", 410_000.0, 380_000.0),
        {**KEY, "workload": "chat", "strategy": "own_colocation", "assumption": "on_demand_usd_per_gpu_hour",
         "method": "first_order", "rank_index": 1, "unit_name": "USD/GPU-hour", "variance_share_frac": 0.625},
    ],
    "projections.value_of_information": [
        worth("everything", 0, 12_300.0), worth("on_demand_usd_per_gpu_hour", 1, 9_876.5),
        worth("energy_usd_per_kwh", 2, 0.0),
    ],
    "projections.cash_flow_monthly": [
        *cash("chat", "stay_on_demand", "on_demand", "leased", [100.0, 200.0, 300.0]),
        *cash("chat", "own_colocation", "hardware", "owned", [400.0, 0.0, 0.0]),
        *cash("chat", "own_colocation", "power", "owned", [10.0, 20.0, 30.5]),
        *cash("chat", "own_colocation", "resale", "owned", [0.0, 0.0, -50.0]),
        *cash(EVIL, "stay_on_demand", "on_demand", "leased", [1.0, 1.0, 1.0]),
        *cash(EVIL, "own_colocation", EVIL, "owned", [9.0, 0.0, 0.0]),
    ],
    "projections.draw_quantiles": [],
    "projections.assumption_value": [
        assumption("chat", "energy_usd_per_kwh", "USD/kWh", 0.12),
        assumption(EVIL, "energy_usd_per_kwh", "USD/kWh", 0.12),
        assumption("chat", "discount_rate_frac_per_year", "1/year", 0.105),
    ],
}  # fmt: skip


def tco(day: date, workload: str, sourcing: str, direct: str, idle: str, hours: float) -> dict[str, Any]:
    """A row of realised cost; four of five paid hours of a workload are allocated."""
    return {
        "usage_date": day, "workload": workload, "sourcing": sourcing, "location": EVIL, "gpu_model": "H100-SXM-80GB",
        "direct_cost_usd": Decimal(direct), "idle_cost_usd": Decimal(idle), "shared_cost_usd": Decimal("0.10"),
        "unallocated_cost_usd": Decimal(0), "over_allocated_cost_usd": Decimal(0),
        "total_cost_usd": Decimal(direct) + Decimal(idle) + Decimal("0.10"),
        "gpu_hours_paid": hours, "gpu_hours_allocated": hours * 0.8, "gpu_hours_busy": hours * 0.5,
    }  # fmt: skip


def idle_cost(basis: str, usd: str, day: date = date(2026, 8, 30)) -> dict[str, Any]:
    """Idle cost of a leased pool of a day; the basis says whether its hours are known."""
    return {
        "usage_date": day, "sourcing": "leased", "location": "Lumen", "gpu_model": "H100-SXM-80GB",
        "workload": "__idle__", "cost_class": "idle", "allocation_basis": basis, "shared_driver": "none",
        "cost_usd": Decimal(usd),
    }  # fmt: skip


REALISED = [
    tco(date(2026, 7, 31), "chat", "leased", "1000.005", "200.00", 100.0),
    tco(date(2026, 8, 30), "chat", "leased", "900.00", "100.00", 90.0),
    tco(date(2026, 8, 31), "chat", "leased", "0.30", "0.00", 10.0),
    tco(date(2026, 8, 31), EVIL, "owned", "50.00", "7.25", 20.0),
]
RECONCILED = {
    "source": "focus", "scope": "s1", "billing_account_id": "=HYPERLINK(1)", "billing_period_date": date(2026, 8, 1),
    "billing_currency": "USD", "delivery_id": "d1", "delivered_rows": 10, "kept_rows": 10, "rejected_rows": 0,
    "modelled_rows": 10, "provider_billed_cost": None, "delivered_billed_cost": Decimal("1234.56"),
    "modelled_billed_cost": Decimal("1234.56"), "unexplained_billed_cost": Decimal(0),
    "delivered_effective_cost": Decimal("1234.56"), "modelled_effective_cost": Decimal("1234.56"),
    "unexplained_effective_cost": Decimal(0), "status": "reconciled",
}  # fmt: skip
MARTS: dict[str, list[dict[str, Any]]] = {
    "marts.fct_workload_tco_daily": REALISED,
    "meta.reconciliation": [RECONCILED],
    "meta.freshness": [
        {"kind": "billing", "source": "focus", "data_until": datetime(2026, 8, 31, 12), "as_of_date": AS_OF,
         "age_days": 0.5}
    ],
    "meta.unknown_gpu_sku": [
        {"service_provider_name": "Lumen", "instance_type": "x9.big", "sku_meter": None, "line_rows": 3,
         "effective_cost_usd": Decimal("12.34"), "first_charge_date": date(2026, 8, 1),
         "last_charge_date": date(2026, 8, 9)}
    ],
}  # fmt: skip


def publish_home(
    root: Path, projections: dict[str, list[dict[str, Any]]] | None = None, marts: dict[str, Any] | None = None
) -> Settings:
    """Build a warehouse by hand and publish it.

    Args:
        root: the home.
        projections: rows by contract table; None for a home that never projected.
        marts: rows by dbt model; by default `MARTS`.
    """
    settings = Settings(home=root)
    settings.paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(settings.paths.database)) as connection:
        for schema in ("marts", "meta", "projections"):
            connection.execute(f"create schema {schema}")
        for table, rows in (MARTS if marts is None else marts).items():
            connection.execute(f"create table {table} ({_columns(table)})")
            _insert(connection, table, rows)
        for table, rows in (projections or {}).items():
            connection.execute(contract_for(table).ddl())
            _insert(connection, table, rows)
    publish(settings, as_of=AS_OF, code_revision="c0de", inputs_hash="1n")
    return settings


def _columns(table: str) -> str:
    name = table.partition(".")[2]
    (path,) = MODELS.rglob(f"{name}.yml")
    (model,) = YAML(typ="safe").load(path)["models"]
    return ", ".join(f"{quote(column['name'])} {column['data_type']}" for column in model["columns"])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        names = ", ".join(quote(name) for name in row)
        connection.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values()))


@dataclass
class TableRow:
    """A row of a table on the page."""

    mark: str
    texts: list[str] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)


class Page(HTMLParser):
    """A page as a browser's parser sees it: every tag with its attributes, tables by id, text inside drawings."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[TableRow]] = {}
        self.headings: dict[str, list[str]] = {}
        self.drawn: list[str] = []
        self._open: list[str] = []
        self._table = ""
        self._rows: list[TableRow] = []
        self._in_cell = False
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        self._open.append(tag)
        if tag == "table":
            self._table = (values["id"] or "").removeprefix("table-")
            self._rows = self.tables.setdefault(self._table, [])
        elif tag == "tr":
            self._row = TableRow(values.get("class") or "")
        elif tag == "td":
            self._in_cell = True
            self._row.texts.append("")
            self._row.values.append(None)
        elif tag == "data":
            self._row.values[-1] = values["value"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "td":
            self._in_cell = False
        elif tag == "tr" and self._row.texts:
            self._rows.append(self._row)

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "svg" in self._open and self._open[-1] == "text":
            self.drawn.append(data)
        if self._in_cell:
            self._row.texts[-1] += data
        elif self._table and self._open and self._open[-1] == "th" and "tbody" in self._open:
            self.headings.setdefault(self._table, []).append(data)

    def row(self, table: str, *texts: str) -> TableRow:
        """The row whose cells hold these texts."""
        (found,) = [row for row in self.tables[table] if all(text in row.texts for text in texts)]
        return found
