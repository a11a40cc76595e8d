-- What of a pool's cost each holder of its time bears, and cost lines that name their workload by themselves. Unused
-- commitments and cost without paid time are idle.
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
        'pool' as cost_part, share as cost_usd
    from pool_shares

    union all

    -- Cost without paid time, or of more time taken back than given: nobody could hold it. Where no bill tells hours,
    -- somebody may have.
    select
        usage_date, sourcing, location, gpu_model, '__idle__', 'other', 'idle',
        case when tells_hours then 'none' else 'hours unknown' end, 'pool', used_cost_usd
    from {{ ref("int_pool_daily") }}
    where paid_ms <= 0 and used_cost_usd <> 0

    union all

    select
        usage_date, sourcing, location, gpu_model, '__idle__', 'other', 'idle', 'commitment', 'pool', unused_cost_usd
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
        'line' as cost_part,
        sum(effective_cost_usd) as cost_usd
    from {{ ref("int_leased_cost") }}
    where cost_role = 'shared' and workload is not null and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name, coalesce(gpu_model, 'none'), workload
)

select * from pool_cost
union all
select * from named_lines
