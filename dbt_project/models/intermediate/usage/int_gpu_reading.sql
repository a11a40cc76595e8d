-- What each device showed at a moment. Two replicas of a scraper, or a replay in another format, give the same sample
-- twice: the first to arrive is kept. With time-slicing each pod's series repeats the device's value.
{% set metrics = {
    "gpu_util": "DCGM_FI_DEV_GPU_UTIL",
    "power_w": "DCGM_FI_DEV_POWER_USAGE",
    "energy_counter_mj": "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    "memory_used_mib": "DCGM_FI_DEV_FB_USED",
    "gr_engine_active_frac": "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "sm_active_frac": "DCGM_FI_PROF_SM_ACTIVE",
    "tensor_active_frac": "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "dram_active_frac": "DCGM_FI_PROF_DRAM_ACTIVE",
} %}
{% set shown %}
        device_index,
        sampled_at,
        min(gpu_index) as gpu_index,
        max(node_index) as node_index,
        max(gpu_model_name_index) as gpu_model_name_index,
        max(slices) as slices,
        case when min(label_index) = max(label_index) then min(label_index) end as label_index,
        min(label_index) < max(label_index) as is_shared,
        max(covers_seconds) as covers_seconds,
        {% for column, metric in metrics.items() %}
        max(value) filter (where metric = '{{ metric }}') as {{ column }},
        {% endfor %}
{% endset %}
with

samples as not materialized (
    select
        samples.delivery_id,
        samples.source_part,
        samples.source_row,
        samples.sampled_at,
        samples.covers_seconds,
        samples.metric,
        samples.value,
        series.device_index,
        series.gpu_index,
        series.node_index,
        series.gpu_model_name_index,
        series.slices,
        series.label_index,
        series.copy_index
    from {{ ref("stg_gpu_sample") }} as samples
    inner join {{ ref("int_gpu_series") }} as series
        on
            samples.gpu_uuid = series.gpu_uuid
            and samples.mig_instance is not distinct from series.mig_instance
            and samples.mig_profile is not distinct from series.mig_profile
            and samples.node is not distinct from series.node
            and samples.gpu_model_name is not distinct from series.gpu_model_name
            and samples.namespace is not distinct from series.namespace
            and samples.pod is not distinct from series.pod
            and samples.container is not distinct from series.container
            and samples.job_id is not distinct from series.job_id
    where
        samples.sampled_at >= date '{{ var("from_date") }}' - interval 1 day
        and samples.sampled_at < cast('{{ var("to_date") }}' as timestamp) + interval 1 day
),

-- Ranking every sample would cost more than all that is made of them. Copies can only be where a device tells more
-- samples of a moment than metrics, one bit a metric (one bit for all that are not listed: more to look at, no less).
told as materialized (
    select
        {{ shown }}
        count(*) > bit_count(bit_or(
            case metric
                {% for metric in metrics.values() %}
                when '{{ metric }}' then {{ 2 ** loop.index }}
                {% endfor %}
                else 1
            end
        )) as is_crowded
    from samples
    group by device_index, sampled_at
),

firsts as (
    select samples.*
    from samples
    inner join told
        on samples.device_index = told.device_index and samples.sampled_at = told.sampled_at and told.is_crowded
    inner join {{ ref("stg_delivery") }} as delivery
        on samples.delivery_id = delivery.delivery_id
    qualify row_number() over (
        partition by samples.copy_index, samples.metric, samples.sampled_at
        order by delivery.received_at, samples.delivery_id, samples.source_part, samples.source_row
    ) = 1
)

select * exclude (is_crowded)
from told
where not is_crowded

union all

select {{ shown }}
from firsts
group by device_index, sampled_at
