{{ config(materialized="view") }}

-- Runs with what they cost so far, over all their days.
with

costs as (
    select run_id, sum(direct_cost_usd) as direct_cost_usd
    from {{ ref("int_job_cost_daily") }}
    where run_id is not null
    group by run_id
)

select
    jobs.*,
    costs.direct_cost_usd
from {{ ref("int_job") }} as jobs
left join costs
    on jobs.run_id = costs.run_id
