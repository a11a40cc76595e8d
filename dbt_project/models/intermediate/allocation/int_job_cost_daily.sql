{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- What each workload's time in a pool cost, by the runs that held it, by GPU time. Time that no record tells of has no
-- run; a run in a pool that has no cost has none: unknown is not zero.
with

costs as (
    select usage_date, sourcing, location, gpu_model, workload, sum(cost_usd) as amount
    from {{ ref("int_pool_cost_daily") }}
    where cost_class = 'direct' and cost_part = 'pool'
    group by usage_date, sourcing, location, gpu_model, workload
),

held as (
    select usage_date, sourcing, location, gpu_model, workload, cast(sum(held_ms) as bigint) as total_weight
    from {{ ref("int_pool_time_daily") }}
    where cost_class = 'direct'
    group by usage_date, sourcing, location, gpu_model, workload
),

recorded as (
    select usage_date, sourcing, location, gpu_model, workload, sum(held_ms) as held_ms
    from {{ ref("int_job_time_daily") }}
    group by usage_date, sourcing, location, gpu_model, workload
),

holders as (
    select usage_date, sourcing, location, gpu_model, workload, run_id, held_ms
    from {{ ref("int_job_time_daily") }}

    union all

    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        null as run_id,
        cast(held.total_weight - coalesce(recorded.held_ms, 0) as bigint) as held_ms
    from held
    left join recorded
        using (usage_date, sourcing, location, gpu_model, workload)
    where held.total_weight <> coalesce(recorded.held_ms, 0)
),

parts as (
    select
        holders.usage_date,
        holders.sourcing,
        holders.location,
        holders.gpu_model,
        holders.workload,
        holders.run_id,
        holders.held_ms,
        costs.amount,
        holders.held_ms as weight,
        held.total_weight
    from holders
    left join held
        using (usage_date, sourcing, location, gpu_model, workload)
    left join costs
        using (usage_date, sourcing, location, gpu_model, workload)
),

shares as (
    {{ largest_remainder(
        "(select * from parts where amount is not null and total_weight > 0)",
        "usage_date, sourcing, location, gpu_model, workload, run_id, held_ms",
        "usage_date, sourcing, location, gpu_model, workload",
        "run_id"
    ) }}
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    run_id,
    held_ms,
    cast(share as decimal(38, 18)) as direct_cost_usd
from shares
union all
select
    usage_date, sourcing, location, gpu_model, workload, run_id, held_ms, cast(null as decimal(38, 18))
from parts
where amount is null or total_weight is null
