-- Machines that a provider billed on a day, by every name telemetry might know them under.
with

machines as (
    select charge_date, service_provider_name, gpu_model, gpus, resource_id as node
    from {{ ref("int_cost_line_gpu") }}
    where gpu_hours > 0 and resource_id is not null
    union
    select charge_date, service_provider_name, gpu_model, gpus, resource_name as node
    from {{ ref("int_cost_line_gpu") }}
    where gpu_hours > 0 and resource_name is not null
)

select
    charge_date as usage_date,
    node,
    min(service_provider_name) as service_provider_name,
    min(gpu_model) as gpu_model,
    max(gpus) as gpus
from machines
group by charge_date, node
