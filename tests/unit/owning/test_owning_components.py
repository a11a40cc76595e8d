"""Each component on a plan of one draw and three months, worked out by hand."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.owning import MONTHLY_COLUMNS, all_components
from pipelines.projection.assumptions import Assumptions

# Two servers of eight GPUs: ordered in month 0, live from month 1, sold at the end of month 2.
PLAN = pl.DataFrame(
    {
        "draw_index": [0, 0, 0],
        "month_index": [0, 1, 2],
        "month_hours": [730.0, 730.0, 730.0],
        "owned_gpus": [0.0, 16.0, 16.0],
        "owned_servers_count": [0.0, 2.0, 2.0],
        "in_service_count": [0.0, 1.0, 1.0],
        "owned_used_frac": [0.0, 0.5, 1.0],
        "charged_frac": [1.0, 1.0, 1.0],
        "age_months": [0.0, 0.0, 1.0],
        "order_due_count": [1.0, 0.0, 0.0],
        "delivery_due_count": [0.0, 1.0, 0.0],
        "retire_due_count": [0.0, 0.0, 1.0],
        "left_servers_count": [0.0, 0.0, 2.0],
        "fleet_sale_usd": [0.0, 0.0, 500.0],
        "built_servers_count": [2.0, 2.0, 2.0],
        "facility_due_frac": [1.0, 0.0, 0.0],
        "facility_live_count": [0.0, 1.0, 1.0],
        "facility_age_months": [0.0, 1.0, 2.0],
        "facility_sale_due_count": [0.0, 0.0, 1.0],
        "order_price_usd": [600_000.0, 590_000.0, 580_000.0],
        "service_price_usd": [600_000.0, 600_000.0, 600_000.0],
        "resale_frac": [1.0, 0.95, 0.90],
        "opex_escalation_ratio": [1.0, 1.0, 1.1],
        "energy_escalation_ratio": [1.0, 1.0, 1.2],
        "site_share_frac": [0.5, 0.5, 0.5],
        "hardware_life_months": [60.0, 60.0, 60.0],
    }
).lazy()


def cash(component, plan=PLAN, **values):
    """start, during and end of the three months, with the assumptions given."""
    module = all_components()[component]
    frame = module.cash(plan.with_columns(**{key: pl.lit(float(value)) for key, value in values.items()})).collect()
    return {column: frame[column].to_list() for column in ("start_usd", "during_usd", "end_usd")}


def during(component, plan=PLAN, **values):
    found = cash(component, plan, **values)
    assert found["start_usd"] == found["end_usd"] == [0.0, 0.0, 0.0]
    return found["during_usd"]


def test_hardware_is_paid_in_part_at_order_and_the_rest_at_delivery():
    found = cash("hardware", paid_at_order_frac=0.3)
    assert found["start_usd"] == pytest.approx([180_000, 420_000, 0])
    assert found["during_usd"] == found["end_usd"] == [0.0, 0.0, 0.0]


def test_installation_is_a_share_of_the_price_at_delivery():
    assert cash("installation", installation_frac=0.1)["start_usd"] == pytest.approx([0, 60_000, 0])


def test_spares_are_a_share_of_the_price_at_delivery():
    assert cash("spares", spares_frac=0.02)["start_usd"] == pytest.approx([0, 12_000, 0])


def test_colocation_is_contracted_power_by_the_month_and_escalates():
    # 2 servers · 10 kW · 150 USD, then 10 % more
    found = during("colocation", server_contracted_kw=10, colocation_usd_per_kw_month=150)
    assert found == pytest.approx([0, 3_000, 3_300])


def test_demand_charge_is_on_what_the_facility_draws():
    # 2 · 10 kW · PUE 1.5 · 8 USD
    found = during("demand_charge", server_contracted_kw=10, pue_ratio=1.5, demand_charge_usd_per_kw_month=8)
    assert found == pytest.approx([0, 240, 264])


def test_power_follows_the_load_and_its_own_escalation():
    # half load: 2 · 6 kW · 730 h · 1.5 · 0.1 = 1,314; full load at 20 % more: 2 · 10 · 730 · 1.5 · 0.12 = 2,628
    found = during("power", server_idle_kw=2, server_peak_kw=10, pue_ratio=1.5, energy_usd_per_kwh=0.1)
    assert found == pytest.approx([0, 1_314, 2_628])


def test_maintenance_starts_when_the_warranty_ends():
    # 600,000 · 12 % / 12 · 1.1 in the month in which the fleet is one month old
    found = during("maintenance", maintenance_frac_per_year=0.12, warranty_months=1)
    assert found == pytest.approx([0, 0, 6_600])


def test_maintenance_without_warranty_is_not_paid_before_go_live():
    found = during("maintenance", maintenance_frac_per_year=0.12, warranty_months=0)
    assert found == pytest.approx([0, 6_000, 6_600])


def test_software_is_by_gpu_and_year():
    assert during("software", software_usd_per_gpu_year=600) == pytest.approx([0, 800, 880])


def test_insurance_is_on_book_value():
    # 600,000 · (1 - 1/60) · 1.2 % / 12 · 1.1
    assert during("insurance", insurance_frac_per_year=0.012) == pytest.approx([0, 600, 649])


def test_small_fleet_needs_the_minimum_of_posts_by_its_share_of_the_site():
    # 16 GPUs / 0.5 = 32 at the site, one post of 100 GPUs; minimum 4 posts; half of 4 · 120,000 / 12
    found = during("staff", staff_usd_per_fte_year=120_000, staff_minimum_fte=4, staff_gpus_per_fte=100)
    assert found == pytest.approx([0, 20_000, 22_000])


def test_posts_rise_in_whole_steps():
    # 32 GPUs at the site, 10 to a post: 4 posts and not 3.2; half of 4 · 10,000
    found = during("staff", staff_usd_per_fte_year=120_000, staff_minimum_fte=1, staff_gpus_per_fte=10)
    assert found == pytest.approx([0, 20_000, 22_000])


def test_gpus_that_fill_their_posts_need_no_post_more():
    # 84 / 0.5 = 168 at the site, 15 · 11.2; half of 15 posts of 10,000
    found = during("staff", owned_gpus=84, staff_usd_per_fte_year=120_000, staff_minimum_fte=1, staff_gpus_per_fte=11.2)
    assert found == pytest.approx([0, 75_000, 82_500])


def test_site_cost_is_the_workloads_share_while_it_owns():
    # (1,000 + 400 + 100 + 18,000 / 12) · 0.5
    found = during(
        "site",
        network_usd_per_month=1_000,
        physical_security_usd_per_month=400,
        facility_opex_usd_per_month=100,
        compliance_usd_per_year=18_000,
    )
    assert found == pytest.approx([0, 1_500, 1_650])


def test_managed_operations_are_by_the_server_hour():
    # 2 · 730 h · 6 USD
    assert during("managed_operations", managed_operations_usd_per_hour=6) == pytest.approx([0, 8_760, 9_636])


def test_resale_brings_the_share_at_that_age_less_selling_cost_when_it_leaves():
    found = cash("resale", selling_cost_frac=0.1)
    assert found["end_usd"] == pytest.approx([0, 0, -600_000 * 0.9 * 0.9])
    assert found["start_usd"] == found["during_usd"] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("component", "values"),
    [
        ("colocation", {"server_contracted_kw": 10, "colocation_usd_per_kw_month": 150}),
        ("power", {"server_idle_kw": 10, "server_peak_kw": 10, "pue_ratio": 1.5, "energy_usd_per_kwh": 0.1}),
        ("managed_operations", {"managed_operations_usd_per_hour": 6}),
        ("software", {"software_usd_per_gpu_year": 600}),
    ],
)
def test_running_cost_by_used_hour_is_the_calendar_cost_by_the_share_used(component, values):
    by_use = PLAN.with_columns(charged_frac=pl.col("owned_used_frac"))
    calendar, used = during(component, **values), during(component, by_use, **values)
    assert used == pytest.approx([0.0, calendar[1] * 0.5, calendar[2]])


@pytest.mark.parametrize("component", all_components())
def test_component_keeps_the_rows_and_their_order(component):
    plan = PLAN.collect()[[2, 0, 1]].lazy()
    values = {key: pl.lit(1.0) for key in all_components()[component].NEEDS}
    frame = all_components()[component].cash(plan.with_columns(**values)).collect()
    assert tuple(frame.columns) == MONTHLY_COLUMNS
    assert frame["month_index"].to_list() == [2, 0, 1]
    assert frame["component"].unique().to_list() == [component]


@pytest.mark.parametrize("component", all_components())
def test_no_fleet_costs_nothing(component):
    nothing = [name for name in PLAN.collect_schema() if name.endswith(("_usd", "_gpus", "_count"))]
    plan = PLAN.with_columns(pl.lit(0.0).alias(name) for name in nothing)
    found = cash(component, plan, **dict.fromkeys(all_components()[component].NEEDS, 1.0))
    assert {value for values in found.values() for value in values} <= {0.0}


@pytest.mark.parametrize("component", all_components())
def test_every_number_a_component_needs_has_a_sourced_default(component):
    known = Assumptions.load(Path(__file__).parents[3] / "data" / "assumptions").entries
    assert set(all_components()[component].NEEDS) <= set(known)
