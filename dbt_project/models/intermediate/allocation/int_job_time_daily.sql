-- GPU time that each run held in each pool.
select
    cast(times.hour_at as date) as usage_date,
    coalesce(nodes.sourcing, 'leased') as sourcing,
    coalesce(nodes.location, 'unknown') as location,
    coalesce(nodes.gpu_model, 'unknown') as gpu_model,
    times.run_id,
    min(times.workload) as workload,
    cast(round(1000 * sum(times.held_seconds)) as bigint) as held_ms
from {{ ref("int_job_hourly") }} as times
left join {{ ref("int_job_node_daily") }} as nodes
    on cast(times.hour_at as date) = nodes.usage_date and times.node = nodes.node
group by 1, 2, 3, 4, 5
