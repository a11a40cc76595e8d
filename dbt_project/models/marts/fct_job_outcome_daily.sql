select
    usage_date,
    workload,
    sourcing,
    location,
    gpu_model,
    outcome,
    state,
    cast(running_jobs_count as bigint) as running_jobs_count,
    cast(ended_jobs_count as bigint) as ended_jobs_count,
    cast(gpu_hours as double) as gpu_hours,
    cast(direct_cost_usd as decimal(38, 18)) as direct_cost_usd
from {{ ref("int_job_outcome_daily") }}
order by usage_date, workload, sourcing, location, gpu_model, outcome, state
