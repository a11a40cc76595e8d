-- All that samples around the window say in words, and numbers for it: a night's samples are compared, sorted and
-- joined by them. Numbers go by the words' order, so that the last of some words has the largest number.
{%- set words = [
    "gpu_uuid", "mig_instance", "mig_profile", "node", "gpu_model_name", "namespace", "pod", "container", "job_id",
] %}
{%- set alike = [] %}
{%- for word in words %}
{%- set added = alike.append("series." ~ word ~ " is not distinct from numbered." ~ word) %}
{%- endfor %}
with

seen as (
    select distinct series_number
    from {{ ref("stg_gpu_sample") }}
    where {{ around_window("sampled_at") }}
),

series as (
    select series.*
    from {{ ref("stg_gpu_series") }} as series
    inner join seen
        on series.series_number = seen.series_number
),

-- Every file and metric says the same again: ranked is what is said, once.
said as (
    select distinct {{ words | join(", ") }}
    from series
),

numbered as (
    select
        *,
        dense_rank() over (order by gpu_uuid, mig_instance) as device_index,
        dense_rank() over (order by gpu_uuid) as gpu_index,
        case when node is not null then dense_rank() over (order by node) end as node_index,
        case when gpu_model_name is not null then dense_rank() over (order by gpu_model_name) end
            as gpu_model_name_index,
        -- Whose it was; none where no label says.
        case
            when coalesce(namespace, pod, job_id) is not null
                then dense_rank() over (order by namespace, pod, job_id)
        end as label_index,
        -- All words about the device, whichever metric and file they come with.
        dense_rank() over (
            order by gpu_uuid, mig_instance, mig_profile, node, gpu_model_name, namespace, pod, job_id
        ) as wording_index,
        -- What a sample has in common with its copies.
        dense_rank() over (
            order by gpu_uuid, mig_instance, namespace, pod, container, job_id
        ) as copy_index,
        mig_instance is not null as is_instance,
        try_cast(regexp_extract(mig_profile, '^(\d+)g', 1) as integer) as slices
    from said
)

select
    series.*,
    numbered.* exclude ({{ words | join(", ") }})
from series
inner join numbered
    on {{ alike | join(" and ") }}
