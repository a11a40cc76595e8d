{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- Every dollar of the day on exactly one row: a pool's cost by who held its time, unused commitments as idle, cost
-- lines that name their workload as direct, and the rest of a provider's bill as shared, by the GPU time held there.
with

pool_shares as (
    {{ largest_remainder(
        "(select times.*, pools.used_cost_usd as amount, times.held_ms as weight, pools.paid_ms as total_weight"
        ~ " from " ~ ref("int_pool_time_daily") ~ " as times inner join " ~ ref("int_pool_daily") ~ " as pools"
        ~ " using (usage_date, sourcing, location, gpu_model) where pools.paid_ms > 0)",
        "usage_date, sourcing, location, gpu_model, workload, workload_kind, cost_class, allocation_basis, held_ms",
        "usage_date, sourcing, location, gpu_model",
        "workload, cost_class, allocation_basis"
    ) }}
),

pool_cost as (
    select
        usage_date, sourcing, location, gpu_model, workload, workload_kind, cost_class, allocation_basis,
        share as cost_usd
    from pool_shares

    union all

    -- Cost without paid time: nobody could hold it.
    select
        usage_date, sourcing, location, gpu_model, '__idle__', 'other', 'idle', 'none', used_cost_usd
    from {{ ref("int_pool_daily") }}
    where paid_ms = 0 and used_cost_usd <> 0

    union all

    select
        usage_date, sourcing, location, gpu_model, '__idle__', 'other', 'idle', 'commitment', unused_cost_usd
    from {{ ref("int_pool_daily") }}
    where unused_cost_usd <> 0
),

named_lines as (
    select
        charge_date as usage_date,
        'leased' as sourcing,
        service_provider_name as location,
        coalesce(gpu_model, 'none') as gpu_model,
        workload,
        min(workload_kind) as workload_kind,
        'direct' as cost_class,
        'billing' as allocation_basis,
        sum(effective_cost_usd) as cost_usd
    from {{ ref("int_leased_cost_line") }}
    where cost_role = 'shared' and workload is not null and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name, coalesce(gpu_model, 'none'), workload
),

shared_lines as (
    select
        charge_date as usage_date,
        service_provider_name as location,
        sum(effective_cost_usd) as amount
    from {{ ref("int_leased_cost_line") }}
    where cost_role = 'shared' and workload is null and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name
),

drivers as (
    select usage_date, location, gpu_model, workload, min(workload_kind) as workload_kind, sum(held_ms) as weight
    from {{ ref("int_pool_time_daily") }}
    where sourcing = 'leased' and cost_class = 'direct'
    group by usage_date, location, gpu_model, workload
),

shared_parts as (
    select
        shared_lines.usage_date,
        shared_lines.location,
        coalesce(drivers.gpu_model, 'none') as gpu_model,
        coalesce(drivers.workload, '__shared__') as workload,
        coalesce(drivers.workload_kind, 'other') as workload_kind,
        shared_lines.amount,
        cast(coalesce(drivers.weight, 1) as bigint) as weight,
        cast(
            sum(coalesce(drivers.weight, 1)) over (partition by shared_lines.usage_date, shared_lines.location)
            as bigint
        ) as total_weight
    from shared_lines
    left join drivers
        on shared_lines.usage_date = drivers.usage_date and shared_lines.location = drivers.location
),

shared_shares as (
    {{ largest_remainder("shared_parts", "usage_date, location, gpu_model, workload, workload_kind",
        "usage_date, location", "gpu_model, workload") }}
),

together as (
    select * from pool_cost
    union all
    select * from named_lines
    union all
    select
        usage_date, 'leased', location, gpu_model, workload, workload_kind, 'shared', 'gpu time', share
    from shared_shares
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    min(workload_kind) as workload_kind,
    cost_class,
    allocation_basis,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from together
group by usage_date, sourcing, location, gpu_model, workload, cost_class, allocation_basis
