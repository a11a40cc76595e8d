"""What holds for every component of owning, every kind of lease and every strategy there is or will be."""

from __future__ import annotations

import math

import polars as pl
import pytest

from pipelines.leasing import all_lease_contracts
from pipelines.owning import MONTHLY_COLUMNS, all_components, seen_by_site
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.strategies import all_strategies
from pipelines.quality.rules import all_rules
from pipelines.settings import BUNDLED

DRAWS, MONTHS = 3, 4
COUNTS = (
    "owned_gpus", "owned_servers_count", "in_service_count", "order_due_count", "delivery_due_count",
    "retire_due_count", "built_servers_count", "facility_live_count", "facility_sale_due_count",
    "left_servers_count", "fleet_sale_usd",
    "leased_gpus", "leased_gpu_hours",
)  # fmt: skip
OWNED = sorted(all_components())
LEASES = sorted(all_lease_contracts())
MODULES = {**all_components(), **all_lease_contracts()}


def plan(*, needs: tuple[str, ...] = (), fleet: float = 1.0) -> pl.LazyFrame:
    """Draws × months with every column a component may read, and only the assumptions it says it needs."""
    rows = [(draw, month) for draw in range(DRAWS) for month in range(MONTHS)]
    frame = pl.DataFrame(rows, schema=["draw_index", "month_index"], orient="row").lazy()
    fixed = {
        "month_hours": 730.0, "owned_used_frac": 0.5, "charged_frac": 1.0, "age_months": 3.0, "resale_frac": 0.9,
        "order_price_usd": 500_000.0, "service_price_usd": 500_000.0, "opex_escalation_ratio": 1.1,
        "energy_escalation_ratio": 1.2, "site_share_frac": 0.5, "hardware_life_months": 60.0, "term_hours": 8_760.0,
        "list_usd_per_gpu_hour": 3.0, "signed_usd_per_gpu_hour": 2.5, "take_or_pay_frac": 0.5,
        "stub_hours": 100.0, "term_gpu_hours": fleet * 70_000.0,
        "facility_due_frac": 0.5, "facility_age_months": 6.0, "facility_life_months": 180.0,
        "upfront_frac": 0.25, "upfront_price_ratio": 0.9,
    }  # fmt: skip
    columns = {name: pl.lit(value) for name, value in fixed.items()}
    # Draws differ, so that a component that mixes them up shows.
    columns |= {name: fleet * (1.0 + pl.col("draw_index")) * 8.0 for name in COUNTS}
    columns |= {name: pl.lit(0.25) for name in needs if name not in columns}
    return frame.with_columns(**columns)


def cash(name: str, **options: float) -> pl.DataFrame:
    """A module's monthly frame."""
    module = MODULES[name]
    return module.cash(plan(needs=module.NEEDS, **options)).collect()


@pytest.mark.parametrize("name", MODULES)
def test_it_gives_the_monthly_frame(name: str) -> None:
    assert tuple(cash(name).columns) == MONTHLY_COLUMNS


@pytest.mark.parametrize("name", MODULES)
def test_it_gives_one_row_per_draw_and_month_in_the_plans_order(name: str) -> None:
    found = cash(name).select("draw_index", "month_index").rows()
    assert found == [(draw, month) for draw in range(DRAWS) for month in range(MONTHS)]


@pytest.mark.parametrize("name", MODULES)
def test_it_calls_itself_by_its_file(name: str) -> None:
    assert cash(name)["component"].unique().to_list() == [name]


@pytest.mark.parametrize("name", MODULES)
def test_the_same_plan_gives_the_same_cash(name: str) -> None:
    assert cash(name).equals(cash(name))


@pytest.mark.parametrize("name", MODULES)
def test_one_draw_does_not_depend_on_another(name: str) -> None:
    """Alone in its plan, a draw costs what it cost among others."""
    module = MODULES[name]
    alone = module.cash(plan(needs=module.NEEDS).filter(pl.col("draw_index") == 2)).collect()
    assert cash(name).filter(pl.col("draw_index") == 2).equals(alone)


@pytest.mark.parametrize("name", MODULES)
def test_all_cash_is_a_finite_number(name: str) -> None:
    values = [value for column in MONTHLY_COLUMNS[3:] for value in cash(name)[column].to_list()]
    assert all(math.isfinite(value) for value in values)


@pytest.mark.parametrize("name", MODULES)
def test_nothing_held_costs_nothing(name: str) -> None:
    """A strategy that owns nothing pays for no site, no staff and no minimum."""
    empty = cash(name, fleet=0.0)
    assert [empty[column].abs().sum() for column in MONTHLY_COLUMNS[3:]] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", MODULES)
def test_something_held_moves_money(name: str) -> None:
    """A component that is always nothing would be a claim without effect."""
    full = cash(name)
    assert sum(full[column].abs().sum() for column in MONTHLY_COLUMNS[3:]) > 0.0


@pytest.mark.parametrize("name", OWNED)
def test_a_component_says_how_the_tax_office_sees_it(name: str) -> None:
    assert all_components()[name].TAX in ("expense", "capital", "resale")


@pytest.mark.parametrize("name", OWNED)
def test_what_a_site_does_not_see_costs_twice_as_much_for_twice_the_fleet(name: str) -> None:
    """A component with a minimum, a step or a lump must say SCOPE = "site", or a plan in cohorts pays it many times."""
    module = all_components()[name]
    if seen_by_site(module):
        return
    grows = ("owned_gpus", "owned_servers_count", "order_price_usd", "service_price_usd", "left_servers_count",
             "fleet_sale_usd")  # fmt: skip
    frame = plan(needs=module.NEEDS)
    twice = module.cash(frame.with_columns(pl.col(column) * 2.0 for column in grows)).collect()
    once = module.cash(frame).collect()
    for column in MONTHLY_COLUMNS[3:]:
        assert twice[column].to_list() == pytest.approx([2.0 * value for value in once[column]])


@pytest.mark.parametrize("name", LEASES)
def test_a_lease_says_its_term(name: str) -> None:
    term = all_lease_contracts()[name].TERM_MONTHS
    assert term is None or term > 0


@pytest.fixture(scope="module")
def bundled() -> Assumptions:
    return Assumptions.load(BUNDLED / "assumptions")


@pytest.mark.parametrize("name", MODULES)
def test_what_it_needs_is_an_assumption_somebody_can_dispute(bundled: Assumptions, name: str) -> None:
    assert set(MODULES[name].NEEDS) <= bundled.entries.keys()


@pytest.mark.parametrize("name", sorted(all_strategies()))
def test_a_strategy_uses_kinds_of_lease_that_exist(name: str) -> None:
    strategy = all_strategies()[name]
    assert set(strategy.CONTRACTS) <= set(LEASES)
    assert strategy.SUMMARY


@pytest.mark.parametrize("name", sorted(all_rules()))
def test_a_rule_of_the_gates_says_which_gate_it_belongs_to(name: str) -> None:
    rule = all_rules()[name]
    assert rule.GATE in ("ingest", "publish")
    assert rule.__doc__
