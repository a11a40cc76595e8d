"""Lease beside own on a hand-made fleet: two GPUs leased for a day, two that serve and two that are awaited."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from _owned import LINEAGE, asset, site, tariff
from _pools import REFERENCE, bill, billed
from _telemetry import UTIL, Telemetry, ask, build, deliver

from pipelines.settings import Settings

H100, A100 = "H100-SXM-80GB", "A100-SXM-80GB"
KINDS = ("realised", "list")
JUNE, AS_OF = date(2026, 6, 1), date(2026, 7, 1)
DAY = datetime(2026, 6, 15)
NAMES = ((H100, "nvidia h100.*"), (A100, "nvidia a100.*"))
# Statistic, USD a GPU-hour. The lower middle of what could be had is 3.
OFFERS = [("minimum", "0.50"), ("offer", "0"), ("offer", "2"), ("offer", "3"), ("median", "4"), ("offer", "5")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("fleet") / "home", min_free_disk_bytes=0)
    telemetry = Telemetry()
    hours = [DAY + timedelta(hours=hour) for hour in (1, 2)]
    telemetry.put("early", hours, UTIL, [60.0, 61.0], node="rack-a", namespace="burn-in", covers_seconds=3600.0)
    offers: list[dict[str, Any]] = [
        LINEAGE | {
            "source": "test", "observed_at": DAY, "provider": "market", "gpu_model_name": "NVIDIA H100", "gpus": 1,
            "pricing_model": "on_demand", "price_basis": "list", "statistic": statistic, "list_currency": "USD",
            "price_usd_per_gpu_hour": Decimal(price),
        }
        for statistic, price in OFFERS
    ]  # fmt: skip
    registers = {
        "raw.gpu_model": [
            REFERENCE | {"gpu_model": model, "name_patterns": pattern, "max_slices": 7} for model, pattern in NAMES
        ],
        "raw.instance_type": [
            REFERENCE | {"service_provider_name": "Lumen", "instance_type": model, "gpu_model": model, "gpus": 2}
            for model in (H100, A100)
        ],
        "raw.asset": [
            asset("serves", 3650, JUNE, JUNE, site_id="hall", node="rack-h", gpu_model=H100, gpus=2, life_months=12),
            asset("awaited", 36500, JUNE, None, site_id="hall", node="rack-a", gpu_model=A100, gpus=2,
                  cost_of_capital_frac_per_year=0.1),
        ],
        "raw.site": [site("hall")],
        "raw.tariff": [tariff("hall")],
        "raw.price_point": offers,
    }  # fmt: skip
    deliver(settings, telemetry, registers)
    machines = [
        billed("Lumen", "240", DAY, instance_type=model, consumed_quantity=Decimal(24), consumed_unit="Hours")
        for model in (H100, A100)
    ]
    bill(settings, machines)
    build(settings, JUNE, AS_OF, select=["+fct_fleet_month"])
    return settings


def month(home: Settings, model: str, columns: str) -> tuple[Any, ...]:
    """June of the owned GPUs of a model."""
    sql = f"select {columns} from marts.fct_fleet_month where gpu_model = '{model}' and sourcing = 'owned'"
    ((*found,),) = ask(home, sql)
    return tuple(found)


def test_list_price_is_the_lower_median_of_what_could_be_had(home: Settings) -> None:
    """1,440 hours at 3 USD; the lowest of many is no price for all, and a free GPU is a fault of the list."""
    assert month(home, H100, "other_list_usd_per_gpu_hour, other_list_cost_usd") == (3, 1440 * 3)


def test_owning_is_compared_with_leasing_for_the_hours_held(home: Settings) -> None:
    """240 USD for 48 hours are 5; owning cost 10 USD a day."""
    columns = "accrued_cost_usd, other_realised_cost_usd, dearer_than_other_realised_usd, other_realised_null_reason"
    assert month(home, H100, columns) == (300, 7200, -6900, None)


def test_what_held_no_hours_is_not_called_dearer(home: Settings) -> None:
    """Ten USD a day of capital; two hours of burn-in were seen, which nothing was live for: they cancel out."""
    assert month(home, A100, "accrued_cost_usd, gpu_hours_paid") == (300, 0)
    columns = [f"other_{kind}_cost_usd, dearer_than_other_{kind}_usd, other_{kind}_null_reason" for kind in KINDS]
    assert month(home, A100, ", ".join(columns)) == (None, None, "no GPU-hours held") * 2
