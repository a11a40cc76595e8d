-- What schedulers say each workload held on a node in an hour, beyond what the labels on telemetry give it there.
with

labelled as (
    select
        hour_at,
        node,
        workload,
        {{ total("gpu_part_ratio * covered_seconds") }} as labelled_seconds
    from {{ ref("int_gpu_label_hourly") }}
    where workload <> '__unallocated__'
    group by hour_at, node, workload
),

held as (
    select
        hour_at,
        node,
        workload,
        min(workload_kind) as workload_kind,
        sum(held_seconds) as held_seconds
    from {{ ref("int_job_hourly") }}
    where node is not null
    group by hour_at, node, workload
)

select
    held.hour_at,
    held.node,
    held.workload,
    held.workload_kind,
    held.held_seconds - coalesce(labelled.labelled_seconds, 0) as claimed_seconds
from held
left join labelled
    on held.hour_at = labelled.hour_at and held.node = labelled.node and held.workload = labelled.workload
where held.held_seconds > coalesce(labelled.labelled_seconds, 0)
