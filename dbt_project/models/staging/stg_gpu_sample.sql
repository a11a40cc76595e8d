-- Two replicas of a scraper, or a replay in another format, give the same sample twice: the first to arrive is kept.
{% set metrics = [
    "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_FB_USED",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_PROF_SM_ACTIVE", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
] %}
with

-- Ranking every sample would cost more than all that is made of them. Copies can only be where a device tells more
-- samples of a moment than metrics, one bit a metric (one bit for all that are not listed: more to look at, no less).
crowded as (
    select gpu_uuid, mig_instance, sampled_at
    from {{ source("raw", "gpu_sample") }}
    group by gpu_uuid, mig_instance, sampled_at
    having
        count(*) > bit_count(bit_or(
            case metric
                {% for metric in metrics %}
                when '{{ metric }}' then {{ 2 ** loop.index }}
                {% endfor %}
                else 1
            end
        ))
),

ranked as (
    select
        samples.*,
        row_number() over (
            partition by
                samples.gpu_uuid, samples.mig_instance, samples.metric, samples.sampled_at,
                samples.namespace, samples.pod, samples.container, samples.job_id
            order by delivery.received_at, samples.delivery_id, samples.source_part, samples.source_row
        ) as replica_index
    from {{ source("raw", "gpu_sample") }} as samples
    inner join crowded
        on
            samples.gpu_uuid = crowded.gpu_uuid
            and samples.mig_instance is not distinct from crowded.mig_instance
            and samples.sampled_at = crowded.sampled_at
    inner join {{ source("meta", "delivery") }} as delivery
        on samples.delivery_id = delivery.delivery_id
)

select samples.* exclude (source, gpu_index)
from {{ source("raw", "gpu_sample") }} as samples
left join crowded
    on
        samples.gpu_uuid = crowded.gpu_uuid
        and samples.mig_instance is not distinct from crowded.mig_instance
        and samples.sampled_at = crowded.sampled_at
where crowded.gpu_uuid is null

union all

select ranked.* exclude (source, gpu_index, replica_index)
from ranked
where replica_index = 1
