-- Which workloads a device served at a sample, and the part of the device each is given: equal parts where several
-- pods share it (time-slicing, MPS), so that GPU-hours and energy are neither lost nor repeated.
with

labelled as (
    select
        samples.gpu_uuid,
        samples.mig_instance,
        samples.sampled_at,
        samples.namespace,
        samples.pod,
        samples.job_id
    from {{ ref("stg_gpu_label") }} as samples
    where
        samples.sampled_at >= date '{{ var("from_date") }}' - interval 1 day
        and samples.sampled_at < cast('{{ var("to_date") }}' as timestamp) + interval 1 day
),

parts as (
    select
        *,
        1.0e0 / count(*) over (partition by gpu_uuid, mig_instance, sampled_at) as part_frac
    from labelled
)

select
    parts.gpu_uuid,
    parts.mig_instance,
    parts.sampled_at,
    workloads.workload,
    min(workloads.workload_kind) as workload_kind,
    sum(parts.part_frac) as part_frac
from parts
inner join {{ ref("int_label_workload") }} as workloads
    on
        cast(parts.sampled_at as date) = workloads.usage_date
        and parts.namespace is not distinct from workloads.namespace
        and parts.pod is not distinct from workloads.pod
        and parts.job_id is not distinct from workloads.job_id
group by parts.gpu_uuid, parts.mig_instance, parts.sampled_at, workloads.workload
