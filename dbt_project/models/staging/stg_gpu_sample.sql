-- Two replicas of a scraper, or a replay in another format, give the same sample twice: the first to arrive is kept.
with

samples as (
    select sample.*, delivery.received_at
    from {{ source("raw", "gpu_sample") }} as sample
    inner join {{ source("meta", "delivery") }} as delivery
        on sample.delivery_id = delivery.delivery_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by gpu_uuid, mig_instance, metric, sampled_at, namespace, pod, container, job_id
            order by received_at, delivery_id, source_part, source_row
        ) as replica_index
    from samples
)

select
    delivery_id,
    source_part,
    source_row,
    sampled_at,
    covers_seconds,
    node,
    gpu_uuid,
    mig_instance,
    mig_profile,
    gpu_model_name,
    metric,
    value,
    null_reason,
    namespace,
    pod,
    container,
    job_id
from ranked
where replica_index = 1
