{{ config(materialized="view") }}

-- Runs on the day they ended, with their cost over all days. A run that held several pools counts where it held most on
-- its last day. What runs cost together is unknown where the cost of one of them is.
with

last_pools as (
    select run_id, sourcing, location, gpu_model, workload
    from {{ ref("int_job_cost_daily") }}
    where run_id is not null
    qualify row_number() over (
        partition by run_id
        order by usage_date desc, held_ms desc, sourcing asc, location asc, gpu_model asc
    ) = 1
)

select
    {{ day_ended("jobs.ended_at") }} as usage_date,
    last_pools.sourcing,
    last_pools.location,
    last_pools.gpu_model,
    last_pools.workload,
    min(jobs.workload_kind) as workload_kind,
    count(case when jobs.outcome = 'completed' then 1 end) as completed_jobs_count,
    count(case when jobs.outcome = 'failed' then 1 end) as failed_jobs_count,
    count(case when jobs.outcome = 'cancelled' then 1 end) as cancelled_jobs_count,
    case
        when count(case when jobs.outcome = 'completed' and jobs.direct_cost_usd is null then 1 end) = 0
            then sum(case when jobs.outcome = 'completed' then jobs.direct_cost_usd end)
    end as completed_job_cost_usd,
    case
        when count(case when jobs.outcome in ('failed', 'cancelled') and jobs.direct_cost_usd is null then 1 end) = 0
            then sum(case when jobs.outcome in ('failed', 'cancelled') then jobs.direct_cost_usd end)
    end as unfinished_job_cost_usd
from {{ ref("int_job_cost") }} as jobs
inner join last_pools
    on jobs.run_id = last_pools.run_id
where jobs.ended_at is not null
group by
    {{ day_ended("jobs.ended_at") }},
    last_pools.sourcing,
    last_pools.location,
    last_pools.gpu_model,
    last_pools.workload
