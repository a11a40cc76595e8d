select
    job_kind,
    cluster,
    job_id,
    job_name,
    account,
    partition,
    namespace,
    workload,
    workload_kind,
    state,
    outcome,
    submitted_at,
    started_at,
    ended_at,
    is_right_censored,
    cast(queue_seconds as double) as queue_seconds,
    cast(run_seconds as double) as run_seconds,
    cast(gpus as double) as gpus,
    gpu_model_name,
    cast(gpu_hours as double) as gpu_hours,
    cast(direct_cost_usd as decimal(38, 18)) as direct_cost_usd
from {{ ref("int_job_cost") }}
order by job_kind, cluster, job_id, started_at, submitted_at
