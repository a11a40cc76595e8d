{{ config(materialized="view") }}

-- Direct cost of GPU time by what became of the runs that held it. Time of a workload that no record tells of is there
-- as well, so that it adds up.
with

days as (
    select
        costs.*,
        jobs.ended_at,
        coalesce(jobs.outcome, 'no record') as outcome,
        coalesce(jobs.state, 'NO_RECORD') as state
    from {{ ref("int_job_cost_daily") }} as costs
    left join {{ ref("int_job") }} as jobs
        on costs.run_id = jobs.run_id
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    outcome,
    state,
    count(distinct run_id) as running_jobs_count,
    count(distinct case when {{ day_ended("ended_at") }} = usage_date then run_id end) as ended_jobs_count,
    sum(held_ms) / 3600000.0e0 as gpu_hours,
    sum(direct_cost_usd) as direct_cost_usd
from days
group by usage_date, sourcing, location, gpu_model, workload, outcome, state
