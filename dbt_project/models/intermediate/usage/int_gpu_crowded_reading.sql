-- Two replicas of a scraper, or a replay in another format, give the same sample twice: the first to arrive is kept.
-- With time-slicing each pod's series repeats the device's value.
with

firsts as (
    select
        samples.sampled_at,
        samples.covers_seconds,
        samples.value,
        series.*
    from {{ ref("stg_gpu_sample") }} as samples
    inner join {{ ref("int_gpu_series") }} as series
        on samples.series_number = series.series_number
    inner join {{ ref("int_gpu_moment") }} as moments
        on series.device_index = moments.device_index and samples.sampled_at = moments.sampled_at and moments.is_crowded
    inner join {{ ref("stg_delivery") }} as delivery
        on series.delivery_id = delivery.delivery_id
    where
        {{ around_window("samples.sampled_at") }}
        -- Most nights no device is crowded, and then no sample need be read.
        and series.device_index in (
            select device_index
            from {{ ref("int_gpu_moment") }}
            where is_crowded
        )
    qualify row_number() over (
        partition by series.copy_index, series.metric, samples.sampled_at
        order by delivery.received_at, series.delivery_id, series.source_part, samples.source_row
    ) = 1
)

select
    device_index,
    sampled_at,
    min(gpu_index) as gpu_index,
    bool_or(is_instance) as is_instance,
    max(node_index) as node_index,
    max(gpu_model_name_index) as gpu_model_name_index,
    max(slices) as slices,
    case when min(label_index) = max(label_index) then min(label_index) end as label_index,
    min(label_index) < max(label_index) as is_shared,
    {{ gpu_readings("firsts") }}
from firsts
group by device_index, sampled_at
