"""A simulation of five years against the plainest NumPy that computes the same flows: 10,000 draws by default.

Rows are draws. Ten workloads, each staying, committing for a year, owning a colocated fleet for its peak and owning its
base. The plain side is given what each strategy holds and draws the same numbers; it multiplies arrays of draws by
months and keeps nothing but present values. Ours sizes, simulates and tells what moves the answer as well.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario

ROWS = 10_000
GOAL_RATIO = 10.0
WORKLOADS = 10
STRATEGIES = ("stay_on_demand", "commit_1y", "own_colocation", "own_base_lease_burst")
MONTHS = 60
DATA = Path(__file__).resolve().parents[2] / "data"


def prepare(folder: Path, rows: int) -> None:
    """The central scenario, with demand typed in and what the plain side computes: one way of each strategy."""
    yaml = YAML()
    scenario = yaml.load((DATA / "scenarios" / "lease_or_own.yaml").read_text(encoding="utf-8"))
    for key in ("demand", "payment_forms", "wait_months"):
        del scenario[key]
    scenario["workloads"] = [
        {"workload": f"w{place}", "gpu_model": "H100-SXM-80GB", "gpus": 64 + 8 * place, "utilisation_frac": 0.8}
        for place in range(WORKLOADS)
    ]
    scenario["strategies"] = list(STRATEGIES)
    scenario["simulation"]["draws"] = rows
    with (folder / "lease_or_own.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(scenario, file)


def ours(folder: Path, _scratch: Path, rows: int) -> None:
    """The projection, whole."""
    scenario = Scenario.load(folder / "lease_or_own.yaml")
    tables = project(
        scenario,
        Evidence(),
        Assumptions.load(DATA / "assumptions"),
        as_of=dt.date(2026, 9, 1),
        code_revision="",
        warehouse_version="",
        threads=2,
    )
    if tables["projections.projection_run"]["draws_count"][0] != rows:
        raise SystemExit("other draws than asked for")


@cache
def _base() -> dict[str, tuple[float, float, float]]:
    """Low, base and high of each number on the day, for the GPU leased."""
    files, day = Assumptions.load(DATA / "assumptions"), dt.date(2026, 9, 1)
    found = {}
    for key in files.entries:
        values = files.known_on(key, day, "H100-SXM-80GB")
        if values:
            found[key] = (values[-1].low, values[-1].base, values[-1].high)
    return found


def plain(_folder: Path, _scratch: Path, rows: int) -> None:
    """Arrays of draws by months, all draws at once."""
    random = np.random.default_rng(1)
    value = {
        key: (random.triangular(low, base, high, rows) if low < high else np.full(rows, base))[:, None]
        for key, (low, base, high) in _base().items()
    }
    t = np.arange(MONTHS)[None, :]
    hours = 730.0
    for place in range(WORKLOADS):
        steps = random.standard_normal((rows, MONTHS)) / 12**0.5
        walk = np.cumsum(steps, axis=1) * value["on_demand_volatility_ratio"]
        price = value["on_demand_usd_per_gpu_hour"] * np.exp(-value["on_demand_decline_frac_per_year"] * t / 12 + walk)
        level = (64 + 8 * place) * 0.8 * value["demand_level_ratio"]
        demand = level * (1 + value["demand_growth_frac_per_year"]) ** (t / 12)
        factor = (1 + value["discount_rate_frac_per_year"]) ** (-(t + 1) / 12)
        stay = (demand * hours * price * factor).sum(axis=1)
        savings = []
        for strategy in range(1, len(STRATEGIES)):
            held = 0.8 * (64 + 8 * place) * (0.5 + 0.2 * strategy)
            used = np.minimum(demand, held)
            lease = (demand - used) * hours * price
            if strategy == 1:
                signed = price[:, (np.arange(MONTHS) // 12) * 12]
                own = held * hours * signed * value["commitment_1y_price_ratio"]
            else:
                own = _owning(value, held, used, t, hours)
            savings.append(stay - ((lease + own) * factor).sum(axis=1))
        np.quantile(np.stack(savings), (0.05, 0.5, 0.95), axis=1)


def _owning(value: dict[str, np.ndarray], held: float, used: np.ndarray, t: np.ndarray, hours: float) -> np.ndarray:
    """Cash of owning by draw and month: the components of tenure in their plainest form."""
    servers = np.ceil(held / value["server_gpus"])
    live = t >= value["lead_time_months"]
    outlay = servers * value["server_price_usd"] * (1 + value["installation_frac"] + value["spares_frac"])
    rise = (1 + value["opex_escalation_frac_per_year"]) ** (t / 12)
    idle, peak = value["server_idle_kw"], value["server_peak_kw"]
    kwh = servers * (idle + (peak - idle) * used / held) * hours * value["pue_ratio"]
    energy = kwh * value["energy_usd_per_kwh"] * (1 + value["energy_escalation_frac_per_year"]) ** (t / 12)
    space = servers * value["server_contracted_kw"] * value["colocation_usd_per_kw_month"] * rise
    charge = servers * value["server_contracted_kw"] * value["demand_charge_usd_per_kw_month"] * rise
    posts = np.maximum(value["staff_minimum_fte"], np.ceil(held / value["staff_gpus_per_fte"]))
    staff = posts * value["staff_usd_per_fte_year"] / 12 * rise
    software = held * value["software_usd_per_gpu_year"] / 12 * rise
    after_warranty = t >= value["lead_time_months"] + value["warranty_months"]
    maintenance = servers * value["server_price_usd"] * value["maintenance_frac_per_year"] / 12 * rise * after_warranty
    book = np.maximum(1 - t / value["hardware_life_months"], 0.0) * servers * value["server_price_usd"]
    insurance = book * value["insurance_frac_per_year"] / 12
    site = (value["network_usd_per_month"] + value["facility_opex_usd_per_month"]) * rise
    running = (energy + space + charge + staff + software + maintenance + insurance + site) * live
    running[:, :1] += outlay
    running[:, -1:] -= servers * value["server_price_usd"] * 0.06 * (1 - value["selling_cost_frac"])
    return running
