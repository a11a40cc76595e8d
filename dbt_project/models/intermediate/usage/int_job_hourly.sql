-- GPU time that runs of jobs held, by node and hour, as the scheduler recorded it. A run on several nodes held equal
-- parts on each. A run that had not ended counts until the record was made; one whose nodes are not told has none.
with

runs as (
    select
        *,
        coalesce(ended_at, known_until_at) as until_at,
        string_split(coalesce(nodes, ''), ',') as node_names
    from {{ ref("stg_job_record") }}
    where
        gpus > 0
        and started_at < coalesce(ended_at, known_until_at)
        and started_at < date '{{ var("to_date") }}'
        and coalesce(ended_at, known_until_at) > date '{{ var("from_date") }}'
),

on_nodes as (
    select
        *,
        nullif(unnest(node_names), '') as node,
        gpus / array_length(node_names) as gpus_on_node
    from runs
),

hours as (
    select
        *,
        unnest(
            generate_series(
                date_trunc('hour', greatest(started_at, cast('{{ var("from_date") }}' as timestamp))),
                least(until_at, cast('{{ var("to_date") }}' as timestamp)) - interval 1 microsecond,
                interval 1 hour
            )
        ) as hour_at
    from on_nodes
)

select
    hours.hour_at,
    hours.node,
    hours.run_id,
    workloads.workload,
    workloads.workload_kind,
    cast(
        hours.gpus_on_node * (
            epoch(least(hours.until_at, hours.hour_at + interval 1 hour))
            - epoch(greatest(hours.started_at, hours.hour_at))
        ) as decimal(38, 12)
    ) as held_seconds
from hours
inner join {{ ref("int_job_workload") }} as workloads
    on hours.run_id = workloads.run_id
where {{ in_window("hours.hour_at") }}
