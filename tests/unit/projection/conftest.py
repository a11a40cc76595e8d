"""A small scenario that stands alone, to be changed by dotted keys."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from pipelines.economics.utilisation import DurationCurve
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence, ExistingLease
from pipelines.projection.scenario import Scenario
from pipelines.projection.world import World

AS_OF = dt.date(2026, 9, 1)
DATA = Path(__file__).parents[3] / "data"
GPU = "H100-SXM-80GB"


def change(data: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key; None takes it away."""
    *path, last = key.split(".")
    for part in path:
        data = data[int(part)] if isinstance(data, list) else data[part]
    if value is None:
        del data[last]
    elif isinstance(data, list):
        data[int(last)] = value
    else:
        data[last] = value


@pytest.fixture(scope="session")
def as_bytes() -> Callable[[Mapping[str, pl.DataFrame]], dict[str, bytes]]:
    """The bytes of tables in a form that holds their rows, order and bits and nothing else: Parquet, as published.

    `DataFrame.serialize` writes memory as it lies. Texts of more than 12 bytes lie in buffers shared by the threads
    that gathered them, so equal columns may differ there from run to run.
    """

    def written(frame: pl.DataFrame) -> bytes:
        file = BytesIO()
        frame.rechunk().write_parquet(file, compression="uncompressed")
        return file.getvalue()

    return lambda tables: {name: written(frame) for name, frame in tables.items()}


@pytest.fixture(scope="session")
def plain() -> dict[str, Any]:
    """Eight GPUs in one server: every number typed in, none uncertain, no sweep."""
    data = YAML(typ="safe").load((DATA / "scenarios" / "four_gpu_colo.yaml").read_text())
    del data["sweep"]
    data["scenario"] = "plain"
    data["horizon_months"] = 24
    data["workloads"] = [
        {"workload": "w", "workload_kind": "other", "gpu_model": GPU, "gpus": 8, "utilisation_frac": 1.0}
    ]
    typed = {"server_gpus": 8, "accelerator_price_usd": 0, "server_price_usd": 240_000, "hardware_life_months": 60}
    for key, value in typed.items():
        data["assumptions"][key] = {"base": value, "source": "test"}
    for key, value in {"commitment_1y_price_ratio": 0.6}.items():
        data["assumptions"][key] = {"base": value, "source": "test"}
    return data


@pytest.fixture
def scenario(plain, tmp_path):
    """Makes a scenario from the plain one: `scenario({"horizon_months": 12, …}, server_price_usd=1)`."""

    def make(changes: dict[str, Any] | None = None, **assumptions: Any) -> Scenario:
        data = copy.deepcopy(plain)
        for key, value in (changes or {}).items():
            change(data, key, value)
        for key, value in assumptions.items():
            given = value if isinstance(value, dict) else {"base": value}
            data["assumptions"][key] = {"source": "test", **given}
        path = tmp_path / f"{data['scenario']}.yaml"
        with path.open("w") as file:
            YAML().dump(data, file)
        return Scenario.load(path)

    return make


@pytest.fixture
def run(scenario):
    """Projects the plain scenario with changes."""

    def make(changes: dict[str, Any] | None = None, **assumptions: Any) -> dict[str, pl.DataFrame]:
        return project(
            scenario(changes, **assumptions),
            Evidence(),
            Assumptions.empty(),
            as_of=AS_OF,
            code_revision="test",
            warehouse_version="",
        )

    return make


@pytest.fixture(scope="session")
def row_of():
    """Reads the summary of one strategy."""

    def read(tables: dict[str, pl.DataFrame], strategy: str, workload: str = "w") -> dict[str, Any]:
        summary = tables["projections.strategy_summary"]
        of_one = summary.filter((pl.col("strategy") == strategy) & (pl.col("workload") == workload))
        return of_one.row(0, named=True)

    return read


@pytest.fixture(scope="session")
def stationary_world():
    """Builds a world of one draw in which nothing changes, months of 100 hours, servers of one GPU at 100 USD."""

    def make(demand_gpus: np.ndarray, months: int = 12, **changes: Any) -> World:
        values = {
            "server_gpus": 1.0,
            "server_price_usd": 100.0,
            "accelerator_price_usd": 0.0,
            "hardware_life_months": 60.0,
            "hardware_price_decline_frac_per_year": 0.0,
            "lead_time_months": 0.0,
            "ramp_months": 0.0,
            "dual_run_months": 0.0,
            "availability_frac": 1.0,
            "opex_escalation_frac_per_year": 0.0,
            "energy_escalation_frac_per_year": 0.0,
            "demand_growth_frac_per_year": 0.0,
            "demand_level_ratio": 1.0,
            "on_demand_usd_per_gpu_hour": 1.0,
            "on_demand_decline_frac_per_year": 0.0,
            "on_demand_volatility_ratio": 0.0,
            "discount_rate_frac_per_year": 0.0,
        }
        fields = {field.name for field in dataclasses.fields(World)}
        values |= {key: value for key, value in changes.items() if key not in fields}
        world = World(
            values={key: np.array([float(value)]) for key, value in values.items()},
            level_gpus=np.array([demand_gpus.mean()]),
            price_noise=np.zeros((1, months)),
            month_hours=np.full(months, 100.0),
            curve=DurationCurve.of_hours(demand_gpus),
            resale=None,
            existing=ExistingLease.none(months),
            site_share_frac=1.0,
            extras=(),
            order_month_index=0,
            timing="arrears",
            fixed_by_use=False,
        )
        return dataclasses.replace(world, **{key: value for key, value in changes.items() if key in fields})

    return make
