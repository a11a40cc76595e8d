{{ config(materialized="view") }}

-- A commitment's own lines (its fee, its unused part) name no machine: they take the model of the machines that the
-- commitment covers, where that is one model. Two providers may call different commitments the same.
select
    lines.service_provider_name,
    lines.commitment_discount_id,
    min(types.gpu_model) as gpu_model
from {{ ref("stg_cost_line") }} as lines
inner join {{ ref("stg_instance_type") }} as types
    on
        lines.service_provider_name = types.service_provider_name
        and lines.instance_type = types.instance_type
where lines.commitment_discount_id is not null and lines.charge_category = 'Usage'
group by lines.service_provider_name, lines.commitment_discount_id
having count(distinct types.gpu_model) = 1
