-- Leased lines with the GPUs behind them. GPU-hours paid are those a line bills itself, else hours × GPUs of machine
-- usage; not of the commitment that covers it nor of its unused part, so that no hour counts twice.
--
-- A commitment's own lines (its fee, its unused part) name no machine: they take the model of the machines that the
-- commitment covers, where that is one model.
with

covered as (
    select
        lines.commitment_discount_id,
        min(types.gpu_model) as gpu_model
    from {{ ref("stg_cost_line") }} as lines
    inner join {{ ref("stg_instance_type") }} as types
        on
            lines.service_provider_name = types.service_provider_name
            and lines.instance_type = types.instance_type
    where lines.commitment_discount_id is not null and lines.charge_category = 'Usage'
    group by lines.commitment_discount_id
    having count(distinct types.gpu_model) = 1
)

select
    lines.*,
    coalesce(types.gpu_model, covered.gpu_model) as gpu_model,
    types.gpus,
    case
        when
            lines.charge_category = 'Usage'
            and (lines.is_in_hours or lines.consumed_gpu_hours is not null)
            and coalesce(lines.commitment_discount_status, 'Used') = 'Used'
            and coalesce(lines.capacity_reservation_status, 'Used') = 'Used'
            then coalesce(lines.consumed_gpu_hours, lines.consumed_quantity * types.gpus)
    end as gpu_hours,
    case
        when lines.commitment_discount_status = 'Unused' or lines.capacity_reservation_status = 'Unused' then 'idle'
        when types.gpu_model is not null and lines.charge_category = 'Usage' then 'gpu'
        else 'shared'
    end as cost_role
from {{ ref("stg_cost_line") }} as lines
left join {{ ref("stg_instance_type") }} as types
    on
        lines.service_provider_name = types.service_provider_name
        and lines.instance_type = types.instance_type
left join covered
    on lines.commitment_discount_id = covered.commitment_discount_id
where {{ in_window("lines.charge_date") }}
