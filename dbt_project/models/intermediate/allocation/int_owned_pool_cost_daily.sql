{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- Owned cost by pool (site and GPU model). What belongs to a GPU server goes to its model; everything else at the site
-- is split over the models by contracted kW of the servers that are live, or ordered while none is.
with

servers as (
    select
        usage_date,
        site_id,
        asset_id,
        gpu_model,
        is_live,
        greatest(1, cast(round(contracted_kw * 1000) as bigint)) as contracted_w
    from {{ ref("int_owned_asset_daily") }}
    where gpu_model is not null
),

weights as (
    select usage_date, site_id, gpu_model, sum(contracted_w) as weight
    from servers
    where
        is_live
        or (usage_date, site_id) not in (
            select usage_date, site_id
            from servers
            where is_live
        )
    group by usage_date, site_id, gpu_model
),

own as (
    select
        costs.usage_date,
        costs.site_id,
        servers.gpu_model,
        costs.component,
        costs.cost_usd
    from {{ ref("int_owned_cost_daily") }} as costs
    inner join servers
        on costs.usage_date = servers.usage_date and costs.asset_id = servers.asset_id
    where {{ in_window("costs.usage_date") }}
),

common as (
    select
        costs.usage_date,
        costs.site_id,
        coalesce(costs.asset_id, '') as asset_id,
        costs.component,
        coalesce(weights.gpu_model, 'none') as gpu_model,
        costs.cost_usd as amount,
        cast(coalesce(weights.weight, 1) as bigint) as weight,
        cast(
            sum(coalesce(weights.weight, 1)) over (
                partition by costs.usage_date, costs.site_id, costs.asset_id, costs.component
            ) as bigint
        ) as total_weight
    from {{ ref("int_owned_cost_daily") }} as costs
    left join servers
        on costs.usage_date = servers.usage_date and costs.asset_id = servers.asset_id
    left join weights
        on costs.usage_date = weights.usage_date and costs.site_id = weights.site_id
    where servers.asset_id is null and {{ in_window("costs.usage_date") }}
),

split as (
    {{ largest_remainder("common", "usage_date, site_id, gpu_model, component",
        "usage_date, site_id, asset_id, component", "gpu_model") }}
),

together as (
    select usage_date, site_id, gpu_model, component, cost_usd from own
    union all
    select usage_date, site_id, gpu_model, component, share as cost_usd from split
)

select
    usage_date,
    site_id,
    gpu_model,
    component,
    sum(cost_usd) as cost_usd
from together
group by usage_date, site_id, gpu_model, component
