-- Which workloads a device that several labels name at once served, and the part of the device each is given: equal
-- parts a label (time-slicing, MPS), so that GPU-hours and energy are neither lost nor repeated. Most devices serve one
-- at a time, and have no rows here.
with

labelled as (
    select
        series.device_index,
        samples.sampled_at,
        series.namespace,
        series.pod,
        series.job_id,
        max(series.node) as node
    from {{ ref("stg_gpu_sample") }} as samples
    inner join {{ ref("int_gpu_series") }} as series
        on
            samples.series_number = series.series_number
            and series.label_index is not null
    inner join {{ ref("int_gpu_crowded_reading") }} as readings
        on
            series.device_index = readings.device_index
            and samples.sampled_at = readings.sampled_at
            and readings.is_shared
    group by series.device_index, samples.sampled_at, series.namespace, series.pod, series.job_id
),

parts as (
    select
        labelled.device_index,
        labelled.sampled_at,
        coalesce(there.workload, workloads.workload) as workload,
        coalesce(there.workload_kind, workloads.workload_kind) as workload_kind,
        1.0e0 / count(*) over (partition by labelled.device_index, labelled.sampled_at) as part_frac
    from labelled
    inner join {{ ref("int_label_workload") }} as workloads
        on
            {{ day_ended("labelled.sampled_at") }} = workloads.usage_date
            and labelled.namespace is not distinct from workloads.namespace
            and labelled.pod is not distinct from workloads.pod
            and labelled.job_id is not distinct from workloads.job_id
            and workloads.node is null
    left join {{ ref("int_label_workload") }} as there
        on
            workloads.usage_date = there.usage_date
            and workloads.namespace is not distinct from there.namespace
            and workloads.pod is not distinct from there.pod
            and workloads.job_id is not distinct from there.job_id
            and labelled.node = there.node
)

select
    device_index,
    sampled_at,
    workload,
    min(workload_kind) as workload_kind,
    sum(part_frac) as part_frac
from parts
group by device_index, sampled_at, workload
