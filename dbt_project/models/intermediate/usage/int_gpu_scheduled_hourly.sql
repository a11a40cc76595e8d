-- Device time without a label, given to the workloads that the scheduler had on the node. Devices and claims are laid
-- along one line, the busiest devices and the first names first, and a workload gets the devices its claim lies on:
-- which of a node's GPUs a job had, its record does not say. A part of a device's hour is told by where it begins and
-- ends (0 to 1), so that the parts of what it did add up to it.
with

devices as (
    select
        hour_at,
        node,
        gpu_uuid,
        mig_instance,
        cast(gpu_part_ratio * covered_seconds as decimal(38, 12)) as seconds,
        {{ total("gpu_part_ratio * covered_seconds") }} over (
            partition by hour_at, node
            order by gpu_part_ratio * busy_seconds desc, gpu_uuid asc, mig_instance asc
            rows between unbounded preceding and current row
        ) as to_seconds
    from {{ ref("int_gpu_label_hourly") }}
    where
        workload = '__unallocated__'
        and (hour_at, node) in (select hour_at, node from {{ ref("int_job_claim_hourly") }})
),

claims as (
    select
        hour_at,
        node,
        workload,
        workload_kind,
        claimed_seconds,
        sum(claimed_seconds) over (
            partition by hour_at, node
            order by workload rows between unbounded preceding and current row
        ) as to_seconds
    from {{ ref("int_job_claim_hourly") }}
)

select
    devices.hour_at,
    devices.node,
    devices.gpu_uuid,
    devices.mig_instance,
    claims.workload,
    claims.workload_kind,
    least(devices.to_seconds, claims.to_seconds)
    - greatest(devices.to_seconds - devices.seconds, claims.to_seconds - claims.claimed_seconds) as given_seconds,
    (
        greatest(devices.to_seconds - devices.seconds, claims.to_seconds - claims.claimed_seconds)
        - (devices.to_seconds - devices.seconds)
    ) / devices.seconds as from_frac,
    (least(devices.to_seconds, claims.to_seconds) - (devices.to_seconds - devices.seconds)) / devices.seconds as to_frac
from devices
inner join claims
    on
        devices.hour_at = claims.hour_at
        and devices.node = claims.node
        and devices.to_seconds - devices.seconds < claims.to_seconds
        and claims.to_seconds - claims.claimed_seconds < devices.to_seconds
where devices.seconds > 0
