-- Machines that a provider billed on a day, by every name telemetry might know them under.
with

billed as (
    select distinct
        lines.charge_date,
        lines.service_provider_name,
        lines.instance_type,
        lines.commitment_discount_id,
        lines.consumed_gpu_hours is not null as is_billed_by_gpu,
        lines.resource_id,
        lines.resource_name
    from {{ ref("stg_cost_line") }} as lines
    where
        {{ tells_hours("lines") }}
        and coalesce(lines.consumed_gpu_hours, lines.consumed_quantity) > 0
        and {{ in_window("lines.charge_period_start") }}
),

machines as (
    select
        billed.charge_date,
        billed.service_provider_name,
        coalesce(types.gpu_model, covered.gpu_model) as gpu_model,
        types.gpus,
        billed.resource_id,
        billed.resource_name
    from billed
    left join {{ ref("stg_instance_type") }} as types
        on
            billed.service_provider_name = types.service_provider_name
            and billed.instance_type = types.instance_type
    left join {{ ref("int_commitment_gpu") }} as covered
        on billed.commitment_discount_id = covered.commitment_discount_id
    where types.gpus > 0 or billed.is_billed_by_gpu
),

named as (
    select charge_date, service_provider_name, gpu_model, gpus, resource_id as node
    from machines
    where resource_id is not null
    union
    select charge_date, service_provider_name, gpu_model, gpus, resource_name as node
    from machines
    where resource_name is not null
)

select
    charge_date as usage_date,
    node,
    min(service_provider_name) as service_provider_name,
    min(gpu_model) as gpu_model,
    max(gpus) as gpus
from named
group by charge_date, node
