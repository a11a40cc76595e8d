-- Which pool a node that a scheduler names belongs to on a day, and how many GPUs it has: as telemetry found its
-- devices, else by the asset register, else by the machines that a provider billed under that name. A node that none
-- knows has no pool: its jobs are listed, and no cost is guessed for them. A renamed host that its cards tell has the
-- GPUs of the asset they are in.
with

nodes as (
    select distinct cast(hour_at as date) as usage_date, node
    from {{ ref("int_job_hourly") }}
    where node is not null
),

seen as (
    select
        cast(hour_at as date) as usage_date,
        node,
        min(sourcing) as sourcing,
        min(location) as location,
        min(gpu_model) as gpu_model,
        min(asset_id) as asset_id,
        count(distinct gpu_uuid) as gpus
    from {{ ref("int_gpu_label_hourly") }}
    group by cast(hour_at as date), node
),

assets as (
    select usage_date, asset_id, gpus
    from {{ ref("int_owned_asset_daily") }}
    where is_live and gpus > 0
),

hosts as (
    select
        usage_date,
        node,
        min(site_id) as site_id,
        min(gpu_model) as gpu_model,
        sum(gpus) as gpus
    from {{ ref("int_owned_asset_daily") }}
    where is_live and node is not null and gpus > 0
    group by usage_date, node
)

select
    nodes.usage_date,
    nodes.node,
    case
        when seen.sourcing is not null then seen.sourcing
        when hosts.site_id is not null then 'owned'
        else 'leased'
    end as sourcing,
    coalesce(seen.location, hosts.site_id, machines.service_provider_name, 'unknown') as location,
    coalesce(seen.gpu_model, hosts.gpu_model, machines.gpu_model, 'unknown') as gpu_model,
    -- A card that was swapped shows as two devices of the day; the registers know better.
    cast(coalesce(assets.gpus, hosts.gpus, machines.gpus, seen.gpus) as bigint) as gpus
from nodes
left join seen
    on nodes.usage_date = seen.usage_date and nodes.node = seen.node
left join assets
    on seen.usage_date = assets.usage_date and seen.asset_id = assets.asset_id
left join hosts
    on nodes.usage_date = hosts.usage_date and nodes.node = hosts.node
left join {{ ref("int_leased_machine_daily") }} as machines
    on nodes.usage_date = machines.usage_date and nodes.node = machines.node
