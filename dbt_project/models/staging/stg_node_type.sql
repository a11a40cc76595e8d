with

ranked as (
    select
        reference.*,
        row_number() over (
            partition by gpu_model, gpus
            order by delivery.scope like '%|bundled', reference.source_row
        ) as precedence_index
    from {{ source("raw", "node_type") }} as reference
    inner join {{ source("meta", "delivery") }} as delivery
        on reference.delivery_id = delivery.delivery_id
)

select
    node_type,
    gpu_model,
    gpus,
    fixed_wall_kw,
    wall_to_gpu_ratio,
    embodied_kgco2e,
    embodied_life_months,
    reference
from ranked
where precedence_index = 1
