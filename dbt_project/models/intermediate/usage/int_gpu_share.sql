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

-- Most devices serve one workload at a time: only those that serve several need their labels counted.
shared as (
    select gpu_uuid, mig_instance, sampled_at
    from labelled
    group by gpu_uuid, mig_instance, sampled_at
    having count(*) > 1
),

named as (
    select
        labelled.gpu_uuid,
        labelled.mig_instance,
        labelled.sampled_at,
        workloads.workload,
        workloads.workload_kind,
        shared.gpu_uuid is not null as is_shared
    from labelled
    left join shared
        on
            labelled.gpu_uuid = shared.gpu_uuid
            and labelled.mig_instance is not distinct from shared.mig_instance
            and labelled.sampled_at = shared.sampled_at
    inner join {{ ref("int_label_workload") }} as workloads
        on
            cast(labelled.sampled_at as date) = workloads.usage_date
            and labelled.namespace is not distinct from workloads.namespace
            and labelled.pod is not distinct from workloads.pod
            and labelled.job_id is not distinct from workloads.job_id
),

parts as (
    select
        *,
        1.0e0 / count(*) over (partition by gpu_uuid, mig_instance, sampled_at) as part_frac
    from named
    where is_shared
)

select gpu_uuid, mig_instance, sampled_at, workload, workload_kind, cast(1 as double) as part_frac
from named
where not is_shared

union all

select
    gpu_uuid,
    mig_instance,
    sampled_at,
    workload,
    min(workload_kind) as workload_kind,
    sum(part_frac) as part_frac
from parts
group by gpu_uuid, mig_instance, sampled_at, workload
