{{ config(materialized="view") }}

-- Runs with what they cost so far, over all their days; a part of unknown cost leaves the whole unknown.
with

costs as (
    select
        run_id,
        case when count(direct_cost_usd) = count(*) then sum(direct_cost_usd) end as direct_cost_usd
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
