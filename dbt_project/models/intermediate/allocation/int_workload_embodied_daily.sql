-- Carbon of making servers, by the day. An owned one's is spread evenly over the days of its life, and is nothing
-- after them; a leased one's over the hours of its kind's life, by the GPU-hours paid for. Workloads carry it by the
-- time they held of the pool that day, idle and unallocated time theirs.
with

assets as (
    select
        days.usage_date,
        days.site_id,
        coalesce(days.gpu_model, 'none') as gpu_model,
        coalesce(days.embodied_kgco2e, kinds.embodied_kgco2e) as embodied_kgco2e,
        date_diff('day', days.go_live_date, cast(days.go_live_date + to_months(days.life_months) as date)) as life_days
    from {{ ref("int_owned_asset_daily") }} as days
    left join {{ ref("stg_node_type") }} as kinds
        on days.gpu_model = kinds.gpu_model and days.gpus = kinds.gpus
    where
        days.is_live
        and days.usage_date < cast(days.go_live_date + to_months(days.life_months) as date)
        and coalesce(days.embodied_kgco2e, kinds.embodied_kgco2e) is not null
),

kinds as (
    select *
    from (
        select
            *,
            row_number() over (partition by gpu_model order by gpus desc) as size_index
        from {{ ref("stg_node_type") }}
        where embodied_kgco2e is not null and embodied_life_months is not null
    ) as ranked
    where size_index = 1
),

pools as (
    select
        usage_date,
        'owned' as sourcing,
        site_id as location,
        gpu_model,
        sum({{ scaled("embodied_kgco2e", 1, "life_days") }}) as amount
    from assets
    group by usage_date, site_id, gpu_model

    union all

    -- 730.5 hours a month, in tenths.
    select
        pools.usage_date,
        pools.sourcing,
        pools.location,
        pools.gpu_model,
        {{ scaled("kinds.embodied_kgco2e", "pools.paid_ms / 360000.0e0",
            "(kinds.gpus * kinds.embodied_life_months * 7305)") }} as amount
    from {{ ref("int_pool_daily") }} as pools
    inner join kinds
        on pools.gpu_model = kinds.gpu_model
    where pools.sourcing = 'leased' and pools.paid_ms > 0
),

-- However it is known who held it.
times as (
    select usage_date, sourcing, location, gpu_model, workload, cost_class, sum(held_ms) as held_ms
    from {{ ref("int_pool_time_daily") }}
    group by usage_date, sourcing, location, gpu_model, workload, cost_class
),

held as (
    select
        pools.*,
        coalesce(times.workload, case when pools.gpu_model = 'none' then '__shared__' else '__unallocated__' end)
            as workload,
        coalesce(times.cost_class, 'none') as cost_class,
        cast(coalesce(times.held_ms, 1) as bigint) as weight
    from pools
    left join times
        on
            pools.usage_date = times.usage_date
            and pools.sourcing = times.sourcing
            and pools.location = times.location
            and pools.gpu_model = times.gpu_model
),

parts as (
    select
        *,
        cast(sum(weight) over (partition by usage_date, sourcing, location, gpu_model) as bigint) as total_weight
    from held
),

shares as (
    {{ largest_remainder("parts", "usage_date, sourcing, location, gpu_model, workload, cost_class",
        "usage_date, sourcing, location, gpu_model", "workload, cost_class") }}
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    cost_class,
    share as embodied_kgco2e
from shares
