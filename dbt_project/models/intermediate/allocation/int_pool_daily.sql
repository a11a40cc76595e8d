-- What each pool cost on a day and the GPU time it paid for. Unused commitments and site cost without live GPUs are
-- cost without time: holding capacity.
with

owned_cost as (
    select usage_date, site_id as location, gpu_model, sum(cost_usd) as cost_usd
    from {{ ref("int_owned_pool_cost_daily") }}
    where {{ in_window("usage_date") }}
    group by usage_date, site_id, gpu_model
),

owned_time as (
    select usage_date, site_id as location, gpu_model, sum(gpus) * 86400000 as paid_ms
    from {{ ref("int_owned_asset_daily") }}
    where is_live and gpus > 0
    group by usage_date, site_id, gpu_model
),

leased as (
    select
        charge_date as usage_date,
        service_provider_name as location,
        coalesce(gpu_model, 'none') as gpu_model,
        sum(case when cost_role = 'gpu' then effective_cost_usd else 0 end) as used_cost_usd,
        sum(case when cost_role = 'idle' then effective_cost_usd else 0 end) as unused_cost_usd,
        sum(gpu_hours) as gpu_hours,
        bool_or(tells_hours) as tells_hours
    from {{ ref("int_leased_cost") }}
    where cost_role in ('gpu', 'idle') and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name, coalesce(gpu_model, 'none')
)

select
    owned_cost.usage_date,
    'owned' as sourcing,
    owned_cost.location,
    owned_cost.gpu_model,
    owned_cost.cost_usd as used_cost_usd,
    cast(0 as decimal(38, 18)) as unused_cost_usd,
    cast(coalesce(owned_time.paid_ms, 0) as bigint) as paid_ms,
    true as tells_hours
from owned_cost
left join owned_time
    on
        owned_cost.usage_date = owned_time.usage_date
        and owned_cost.location = owned_time.location
        and owned_cost.gpu_model = owned_time.gpu_model

union all

select
    usage_date,
    'leased' as sourcing,
    location,
    gpu_model,
    used_cost_usd,
    unused_cost_usd,
    cast(round(coalesce(gpu_hours, 0) * 3600000) as bigint) as paid_ms,
    tells_hours
from leased
