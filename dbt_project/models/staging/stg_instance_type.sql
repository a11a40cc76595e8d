with

ranked as (
    select
        reference.*,
        row_number() over (
            partition by service_provider_name, instance_type
            order by delivery.scope like '%|bundled', reference.source_row
        ) as precedence_index
    from {{ source("raw", "instance_type") }} as reference
    inner join {{ source("meta", "delivery") }} as delivery
        on reference.delivery_id = delivery.delivery_id
)

select
    service_provider_name,
    instance_type,
    gpu_model,
    gpus,
    reference
from ranked
where precedence_index = 1
