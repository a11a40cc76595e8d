-- What was told of each device at a moment, taken together. Most moments are told once a metric and in the same words;
-- ranking every sample to find the others would cost more than all that is made of them.
with

-- A bit for each metric; one for all that are not listed: more to look at, no less.
series as (
    select
        *,
        case metric
            {% for metric in gpu_metrics().values() %}
            when '{{ metric }}' then {{ 2 ** loop.index }}
            {% endfor %}
            else 1
        end as metric_bit
    from {{ ref("int_gpu_series") }}
),

samples as (
    select
        samples.sampled_at,
        samples.covers_seconds,
        samples.value,
        series.device_index,
        series.wording_index,
        series.metric,
        series.metric_bit
    from {{ ref("stg_gpu_sample") }} as samples
    inner join series
        on samples.series_number = series.series_number
    where {{ around_window("samples.sampled_at") }}
)

select
    device_index,
    sampled_at,
    min(wording_index) as wording_index,
    min(wording_index) < max(wording_index) or count(*) > bit_count(bit_or(metric_bit)) as is_crowded,
    {{ gpu_readings("samples") }}
from samples
group by device_index, sampled_at
