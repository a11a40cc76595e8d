-- GPU time that schedulers tell of and telemetry did not see: what is left of each workload's claim on a node. Claims
-- beyond the node's own time (its GPUs, less what labels say others held) stay with their workloads, and stand a second
-- time as a negative row: so a node never has more than its hours, and nothing is cut off.
with

given as (
    select hour_at, node, workload, sum(given_seconds) as given_seconds
    from {{ ref("int_gpu_scheduled_hourly") }}
    group by hour_at, node, workload
),

unseen as (
    select
        claims.hour_at,
        claims.node,
        claims.workload,
        claims.workload_kind,
        claims.claimed_seconds - coalesce(given.given_seconds, 0) as unseen_seconds
    from {{ ref("int_job_claim_hourly") }} as claims
    left join given
        on claims.hour_at = given.hour_at and claims.node = given.node and claims.workload = given.workload
),

-- The time that labels and parts given to jobs leave of a node's hour, seen or not.
seen as (
    select
        hour_at,
        node,
        {{ total("case when workload <> '__unallocated__' then gpu_part_ratio * covered_seconds else 0 end") }}
            as held_seconds
    from {{ ref("int_gpu_usage_hourly") }}
    where {{ in_window("hour_at") }}
    group by hour_at, node
),

beyond as (
    select
        claims.hour_at,
        claims.node,
        sum(claims.unseen_seconds) - greatest(
            cast(min(nodes.gpus) * 3600 as decimal(38, 12)) - coalesce(min(seen.held_seconds), 0), 0
        ) as over_seconds
    from unseen as claims
    inner join {{ ref("int_job_node_daily") }} as nodes
        on cast(claims.hour_at as date) = nodes.usage_date and claims.node = nodes.node
    left join seen
        on claims.hour_at = seen.hour_at and claims.node = seen.node
    -- Of a node whose GPUs nobody counted, only the pool says what is too much.
    where claims.unseen_seconds > 0 and nodes.gpus is not null
    group by claims.hour_at, claims.node
),

together as (
    select hour_at, node, workload, workload_kind, 'direct' as cost_class, unseen_seconds as held_seconds
    from unseen
    where unseen_seconds > 0

    union all

    select hour_at, node, '__over_allocated__', 'other', 'over_allocated', -over_seconds
    from beyond
    where over_seconds > 0
)

select
    nodes.usage_date,
    nodes.sourcing,
    nodes.location,
    nodes.gpu_model,
    together.workload,
    min(together.workload_kind) as workload_kind,
    together.cost_class,
    sum(together.held_seconds) as held_seconds
from together
inner join {{ ref("int_job_node_daily") }} as nodes
    on cast(together.hour_at as date) = nodes.usage_date and together.node = nodes.node
group by
    nodes.usage_date, nodes.sourcing, nodes.location, nodes.gpu_model, together.workload, together.cost_class
