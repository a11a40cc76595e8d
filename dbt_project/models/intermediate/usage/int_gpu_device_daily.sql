-- Which pool a device belongs to on a day: the asset register first (by card, then by host), then the machines a
-- provider billed by that host name, then the only provider that billed this model that day. Otherwise its pool is
-- unknown: its use is listed, and no cost is guessed for it.
with

-- A host renamed within the day has two names; which of them a register or a bill knows, is seen below.
seen as (
    select
        cast(hour_at as date) as usage_date,
        gpu_index,
        node_index,
        max(max(gpu_model_name_index)) over (partition by cast(hour_at as date), gpu_index) as gpu_model_name_index
    from {{ ref("int_gpu_interval_hourly") }}
    group by cast(hour_at as date), gpu_index, node_index
),

devices as (
    select
        seen.usage_date,
        gpus.gpu_uuid,
        nodes.node,
        model_names.gpu_model_name
    from seen
    inner join (select distinct gpu_index, gpu_uuid from {{ ref("int_gpu_series") }}) as gpus
        on seen.gpu_index = gpus.gpu_index
    left join (select distinct node_index, node from {{ ref("int_gpu_series") }}) as nodes
        on seen.node_index = nodes.node_index
    left join (select distinct gpu_model_name_index, gpu_model_name from {{ ref("int_gpu_series") }}) as model_names
        on seen.gpu_model_name_index = model_names.gpu_model_name_index
),

named as (
    select devices.*, names.gpu_model
    from devices
    left join {{ ref("int_gpu_model_name") }} as names
        on devices.gpu_model_name = names.gpu_model_name
),

-- From the order to the day it leaves: a server sold and leased back is its lessor's, whatever the registers keep.
cards as (
    select
        days.usage_date,
        cards.gpu_uuid,
        days.asset_id
    from {{ ref("stg_asset_gpu") }} as cards
    inner join {{ ref("int_owned_asset_daily") }} as days
        on
            cards.asset_id = days.asset_id
            and cards.valid_from_date <= days.usage_date
            and coalesce(cards.valid_to_date, date '9999-12-31') > days.usage_date
),

-- Servers follow one another under one name: the one in service has it.
hosts as (
    select usage_date, node, asset_id
    from {{ ref("int_owned_asset_daily") }}
    where node is not null and gpus > 0
    qualify row_number() over (partition by usage_date, node order by is_live desc, asset_id asc) = 1
),

sole_providers as (
    select
        charge_date as usage_date,
        gpu_model,
        min(service_provider_name) as service_provider_name
    from {{ ref("int_bill_daily") }}
    where gpu_hours > 0 and {{ in_window("charge_date") }}
    group by charge_date, gpu_model
    having count(distinct service_provider_name) = 1
)

select
    named.usage_date,
    named.gpu_uuid,
    named.node,
    assets.asset_id,
    case when assets.asset_id is not null then 'owned' else 'leased' end as sourcing,
    coalesce(
        assets.site_id, machines.service_provider_name, sole_providers.service_provider_name, 'unknown'
    ) as location,
    coalesce(assets.gpu_model, machines.gpu_model, named.gpu_model, 'unknown') as gpu_model
from named
left join cards
    on named.gpu_uuid = cards.gpu_uuid and named.usage_date = cards.usage_date
left join hosts
    on named.node = hosts.node and named.usage_date = hosts.usage_date
left join {{ ref("stg_asset") }} as assets
    on coalesce(cards.asset_id, hosts.asset_id) = assets.asset_id
left join {{ ref("int_leased_machine_daily") }} as machines
    on named.usage_date = machines.usage_date and named.node = machines.node
left join sole_providers
    on named.usage_date = sole_providers.usage_date and named.gpu_model = sole_providers.gpu_model
qualify row_number() over (
    partition by named.usage_date, named.gpu_uuid
    order by assets.asset_id is null, machines.node is null, named.node desc nulls last
) = 1
