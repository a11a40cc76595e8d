-- Machines that a provider billed on a day, by every name that telemetry or schedulers know them under. Machines of two
-- providers under one name are told apart by nothing: neither is it.
{%- set names = ["resource_id", "resource_name"] %}
with

known as (
    select node
    from {{ ref("int_gpu_series") }}
    where node is not null
    union
    select node
    from {{ ref("int_job_hourly") }}
    where node is not null
),

billed as (
    {%- for name in names %}
    select
        lines.charge_date,
        lines.service_provider_name,
        lines.instance_type,
        lines.commitment_discount_id,
        lines.consumed_gpu_hours is not null as is_billed_by_gpu,
        known.node
    from {{ ref("stg_cost_line") }} as lines
    inner join known
        on lines.{{ name }} = known.node
    where
        {{ tells_hours("lines") }}
        and coalesce(lines.consumed_gpu_hours, lines.consumed_quantity) > 0
        and {{ in_window("lines.charge_period_start") }}
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

machines as (
    select
        billed.charge_date,
        billed.service_provider_name,
        coalesce(types.gpu_model, covered.gpu_model) as gpu_model,
        -- Where GPUs are billed one by one, the type of one says nothing of the machine.
        case when not (billed.is_billed_by_gpu and types.gpus = 1) then types.gpus end as gpus,
        billed.node
    from billed
    left join {{ ref("stg_instance_type") }} as types
        on
            billed.service_provider_name = types.service_provider_name
            and billed.instance_type = types.instance_type
    left join {{ ref("int_commitment_gpu") }} as covered
        on
            billed.service_provider_name = covered.service_provider_name
            and billed.commitment_discount_id = covered.commitment_discount_id
    where types.gpus > 0 or billed.is_billed_by_gpu
)

select
    charge_date as usage_date,
    node,
    min(service_provider_name) as service_provider_name,
    min(gpu_model) as gpu_model,
    max(gpus) as gpus
from machines
group by charge_date, node
having count(distinct service_provider_name) = 1
