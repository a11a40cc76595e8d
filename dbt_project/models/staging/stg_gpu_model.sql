with

ranked as (
    select
        reference.*,
        row_number() over (
            partition by gpu_model
            order by delivery.scope like '%|bundled', reference.source_row
        ) as precedence_index
    from {{ source("raw", "gpu_model") }} as reference
    inner join {{ source("meta", "delivery") }} as delivery
        on reference.delivery_id = delivery.delivery_id
)

select
    gpu_model,
    name_patterns,
    memory_gib,
    tdp_w,
    release_date,
    fp16_tflops,
    reference_ratio,
    max_slices,
    reference,
    source_row as pattern_precedence_index
from ranked
where precedence_index = 1
