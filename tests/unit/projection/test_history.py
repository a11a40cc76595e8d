import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.projection.evidence import Evidence
from pipelines.projection.history import LEVEL_KEY, POOL, fit_growth, month_starts, subjects_of
from pipelines.projection.scenario import Conventions, HistoryDemand

AS_OF = dt.date(2026, 9, 1)
NIGHT = dt.datetime(2026, 8, 31)
PLAIN = Conventions(
    hours_per_month=730,
    fixed_opex_basis="calendar_hour",
    break_even_basis="npv",
    compared=["compute"],
    lease_price_includes=["compute"],
    price_basis="realised",
    payment_timing="arrears",
    residual_basis="none",
)


def usage(workload, hours, gpu_model="G", sourcing="leased", kind="inference"):
    """Allocated hours by hour of 31 August; a quarter of them busy."""
    return pl.DataFrame(
        {
            "hour_at": [NIGHT + dt.timedelta(hours=hour) for hour in hours],
            "workload": workload,
            "workload_kind": kind,
            "sourcing": sourcing,
            "gpu_model": gpu_model,
            "allocated_gpu_hours": [float(gpus) for gpus in hours.values()],
            "busy_gpu_hours": [gpus / 4 for gpus in hours.values()],
        }
    )


def cost(workload, *, paid=24.0, direct=40.0, idle=8.0, shared=2.4, sourcing="leased", gpu_model="G", day=31):
    return pl.DataFrame(
        {
            "usage_date": [dt.date(2026, 8, day)],
            "workload": workload,
            "workload_kind": "inference",
            "sourcing": sourcing,
            "gpu_model": gpu_model,
            "direct_cost_usd": [direct],
            "idle_cost_usd": [idle],
            "shared_cost_usd": [shared],
            "unallocated_cost_usd": [0.0],
            "gpu_hours_paid": [paid],
        }
    )


def subjects(frames=(), costs=(), conventions=PLAIN, ratios=None, leases=None, **demand):
    evidence = Evidence(
        usage_hourly=pl.concat(frames) if frames else None,
        tco_daily=pl.concat(costs) if costs else None,
        gpu_models=None
        if ratios is None
        else pl.DataFrame({"gpu_model": list(ratios), "reference_ratio": list(ratios.values())}),
        lease_contracts=leases,
    )
    found = subjects_of(evidence, HistoryDemand(**demand), conventions, AS_OF, 12)
    return {subject.workload: subject for subject in found}


def test_hour_without_use_while_others_ran_is_an_hour_of_no_demand():
    found = subjects([usage("a", {0: 4, 3: 8}), usage("b", {0: 1, 1: 1, 2: 1, 3: 1})])
    assert found["a"].level_gpus == 3.0


def test_hour_in_which_nothing_was_seen_is_a_gap():
    # hours 1 and 2 have no row at all
    assert subjects([usage("a", {0: 4, 3: 8})])["a"].level_gpus == 6.0


def test_demand_starts_with_the_first_use():
    found = subjects([usage("a", {2: 4, 3: 8}), usage("b", {0: 1, 1: 1, 2: 1, 3: 1})])
    assert found["a"].level_gpus == 6.0


def test_curve_has_the_shape_of_the_hours():
    curve = subjects([usage("a", {0: 2, 1: 6})])["a"].curve
    assert (curve.demand_ratio.tolist(), curve.time_frac.tolist()) == ([0.5, 1.5], [0.5, 0.5])


def test_busy_basis_takes_busy_hours():
    assert subjects([usage("a", {0: 4})], basis="busy")["a"].level_gpus == 1.0


def unmeasured(*frames):
    """The same hours, of which telemetry does not tell whether GPUs were busy."""
    return [frame.with_columns(busy_gpu_hours=pl.lit(None, pl.Float64)) for frame in frames]


def test_hour_not_known_to_be_busy_is_a_gap_on_the_busy_basis_alone():
    # 4 of 16 allocated are busy in the hour that tells; of the other, 8 are allocated
    frames = [usage("a", {0: 16}), *unmeasured(usage("a", {1: 8}))]
    found = {basis: subjects(frames, basis=basis)["a"] for basis in ("allocated", "busy")}
    assert {basis: subject.level_gpus for basis, subject in found.items()} == {"allocated": 12.0, "busy": 4.0}
    assert {basis: subject.busy_frac for basis, subject in found.items()} == {"allocated": 0.25, "busy": 1.0}


def test_workload_never_known_to_be_busy_takes_the_hours_paid_on_the_busy_basis():
    frames = [*unmeasured(usage("a", {0: 16, 1: 16})), usage("b", {0: 4, 1: 4})]
    found = subjects(frames, [cost("a", paid=48.0)], basis="busy")
    assert (found["a"].level_gpus, found["a"].busy_frac) == (2.0, None)
    assert found["b"].level_gpus == 1.0


def test_nothing_on_or_after_the_day_is_seen():
    found = subjects([usage("a", {0: 4, 24: 100})], [cost("a"), cost("a", direct=9e9).with_columns(usage_date=AS_OF)])
    assert found["a"].level_gpus == 4.0
    assert found["a"].values["realised_usd_per_gpu_hour"].base == 2.0


def test_owned_use_is_no_demand_to_decide_on():
    found = subjects([usage("a", {0: 4}), usage("a", {0: 5}, sourcing="owned"), usage("o", {0: 5}, sourcing="owned")])
    assert set(found) == {"a"}
    assert found["a"].level_gpus == 4.0


def test_residual_rows_of_the_marts_are_no_workload():
    assert set(subjects([usage("a", {0: 4}), usage("__idle__", {0: 9})])) == {"a"}


def test_other_gpu_models_count_by_the_work_they_do():
    # 6 of G and 4 of H that does half the work: 8 of G
    found = subjects([usage("a", {0: 6}), usage("a", {0: 4}, gpu_model="H")], ratios={"G": 1.0, "H": 0.5})
    assert (found["a"].gpu_model, found["a"].level_gpus) == ("G", 8.0)


def test_realised_price_is_cost_over_hours_with_its_idle_time():
    # (40 + 8) / 24
    assert subjects(costs=[cost("a")])["a"].values["realised_usd_per_gpu_hour"].base == 2.0


def test_realised_price_holds_shared_cost_where_the_price_includes_support():
    includes = PLAIN.model_copy(
        update={"compared": ["compute", "support"], "lease_price_includes": ["compute", "support"]}
    )
    found = subjects(costs=[cost("a")], conventions=includes)
    assert found["a"].values["realised_usd_per_gpu_hour"].base == pytest.approx(2.1)


def test_workload_without_telemetry_takes_the_hours_paid_evenly():
    # 24 and 72 paid GPU-hours on two days: 2 GPUs
    found = subjects(costs=[cost("a", day=30), cost("a", paid=72.0)])["a"]
    assert found.level_gpus == 2.0
    assert found.curve.demand_ratio.tolist() == [1.0]
    assert "no telemetry" in found.level_source


def test_pool_adds_the_workloads_hour_by_hour():
    # 4 + 0 and 0 + 6: the pool needs 5 on average and 6 at most, the two alone 4 and 6
    pool = subjects([usage("a", {0: 4, 1: 0}), usage("b", {0: 0, 1: 6})])[POOL]
    assert pool.level_gpus == 5.0
    assert pool.curve.demand_ratio.tolist() == pytest.approx([0.8, 1.2])


def test_single_workload_needs_no_pool():
    assert set(subjects([usage("a", {0: 4})])) == {"a"}


def test_workloads_share_a_site_by_their_demand_and_the_pool_takes_it_whole():
    found = subjects([usage("a", {0: 1}), usage("b", {0: 3})])
    assert {name: subject.site_share_frac for name, subject in found.items()} == {"a": 0.25, "b": 0.75, POOL: 1.0}


def test_order_of_the_rows_does_not_matter():
    frame = pl.concat([usage("a", {h: 0.1 * h for h in range(24)}), usage("b", {h: 0.3 * h for h in range(24)})])
    first, second = (subjects([rows]) for rows in (frame, frame.sample(fraction=1.0, shuffle=True, seed=4)))
    assert {name: subject.level_gpus for name, subject in first.items()} == {
        name: subject.level_gpus for name, subject in second.items()
    }


def test_no_history_has_no_subject():
    assert subjects() == {}


def leases(**values):
    row = {"gpu_model": "G", "gpus": 8, "start_date": dt.date(2025, 12, 1), "end_date": dt.date(2026, 12, 1)}
    row |= {"committed_price_usd_per_gpu_hour": 1.5, "take_or_pay_frac": 1.0}
    return pl.DataFrame([row | values])


def test_signed_contract_runs_until_its_end():
    existing = subjects([usage("a", {0: 4})], leases=leases())["a"].existing
    assert existing.gpus.tolist() == [8.0] * 3 + [0.0] * 9
    assert existing.usd_per_gpu_hour[0] == 1.5


def test_signed_contract_is_shared_by_demand_of_its_gpu_model():
    frames = [usage("a", {0: 1}), usage("b", {0: 3}), usage("c", {0: 9}, gpu_model="H")]
    found = subjects(frames, leases=leases(), ratios={"G": 1.0, "H": 0.1})
    assert (found["a"].existing.gpus[0], found["b"].existing.gpus[0]) == (2.0, 6.0)
    assert found["c"].existing is None


def test_pool_takes_contracts_whole_by_the_work_of_their_gpu_model():
    # 8 of G do the work of 16 of H, the model of most hours, at half the price each
    frames = [usage("a", {0: 1}), usage("c", {0: 9}, gpu_model="H")]
    existing = subjects(frames, leases=leases(), ratios={"G": 1.0, "H": 0.5})[POOL].existing
    assert (existing.gpus[0], existing.usd_per_gpu_hour[0]) == (16.0, 0.75)


def test_month_that_a_contract_covers_in_part_counts_in_part():
    # ends after 10 of the 30 days of September
    existing = subjects([usage("a", {0: 4})], leases=leases(end_date=dt.date(2026, 9, 11)))["a"].existing
    assert existing.gpus.tolist() == pytest.approx([8.0 / 3] + [0.0] * 11)


def test_contract_that_starts_after_the_day_is_not_known_yet():
    assert subjects([usage("a", {0: 4})], leases=leases(start_date=dt.date(2026, 9, 2)))["a"].existing is None


def test_contract_that_has_ended_is_gone():
    assert subjects([usage("a", {0: 4})], leases=leases(end_date=AS_OF))["a"].existing is None


def test_growth_of_an_exponential_is_recovered():
    weeks = np.exp(np.log(1.5) * np.arange(52) * 7 / 365.25)
    growth = fit_growth(np.repeat(weeks, 168))
    assert (growth.low, growth.base, growth.high) == pytest.approx((0.5, 0.5, 0.5))


def test_growth_is_not_fitted_to_less_than_half_a_year():
    assert fit_growth(np.ones(25 * 168)) is None


def test_months_keep_the_day_and_fit_short_months():
    starts = month_starts(dt.date(2026, 1, 31), 2)
    assert starts == [dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)]


def test_hours_of_a_gpu_without_a_ratio_are_not_added_up_and_the_reason_names_it():
    """A workload on G and, less, on X, whose work is not known: no level, no growth and no price of both together."""
    frames = [usage("a", {0: 6}), usage("a", {0: 4}, gpu_model="X"), usage("b", {0: 2})]
    found = subjects(frames, [cost("a"), cost("a", gpu_model="X")], ratios={"G": 1.0})
    reason = "no performance ratio of X is known, so hours of G, X cannot be added up"
    assert {name: LEVEL_KEY in subject.gaps for name, subject in found.items()} == {"a": True, "b": False, POOL: True}
    assert found["a"].gaps[LEVEL_KEY].startswith(reason)
    assert found["a"].values == {}
    # b is alone on the site: nobody knows how much of it a would take
    assert (found["b"].site_share_frac, dict(found["b"].gaps)) == (1.0, {})


def test_gpu_without_a_ratio_shares_no_site_with_others():
    """A on X (4 GPUs) and b on G (2), c on H (2 at half the work): b and c share as 2 : 1, a cannot own there."""
    frames = [usage("a", {0: 4}, gpu_model="X"), usage("b", {0: 2}), usage("c", {0: 2}, gpu_model="H")]
    found = subjects(frames, ratios={"G": 1.0, "H": 0.5})
    assert (found["b"].site_share_frac, found["c"].site_share_frac) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert found["a"].level_gpus == 4.0
    assert list(found["a"].gaps) == ["own_work_ratio"]


def test_one_gpu_model_needs_no_ratio():
    found = subjects([usage("a", {0: 4}, gpu_model="X"), usage("b", {0: 12}, gpu_model="X")], ratios={})
    assert not any(subject.gaps for subject in found.values())
    assert (found["a"].site_share_frac, found[POOL].level_gpus) == (0.25, 16.0)


def test_contract_on_a_gpu_without_a_ratio_leaves_the_pool_without_an_answer():
    frames = [usage("a", {0: 4}), usage("b", {0: 4})]
    unknown = leases().with_columns(gpu_model=pl.lit("X"))
    found = subjects(frames, leases=pl.concat([leases(), unknown]), ratios={"G": 1.0, "H": 0.5})
    assert "no performance ratio of X is known" in found[POOL].gaps[LEVEL_KEY]
    assert not found["a"].gaps
