{{ config(materialized="view") }}

-- Runs of jobs with the GPU time they held. A run that had not ended when the record was made counts until then: its
-- end is unknown, not never.
with

timed as (
    select
        records.*,
        workloads.workload,
        workloads.workload_kind,
        coalesce(records.ended_at, records.known_until_at) as until_at
    from {{ ref("stg_job_record") }} as records
    inner join {{ ref("int_job_workload") }} as workloads
        on records.run_id = workloads.run_id
)

select
    run_id,
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
    case
        when is_right_censored then 'running'
        when state in ('COMPLETED', 'SUCCEEDED') then 'completed'
        when state in ('CANCELLED', 'PREEMPTED', 'REQUEUED', 'REVOKED') then 'cancelled'
        when state in ('FAILED', 'TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY', 'BOOT_FAIL', 'DEADLINE') then 'failed'
        else 'other'
    end as outcome,
    submitted_at,
    started_at,
    ended_at,
    is_right_censored,
    epoch(started_at - submitted_at) as queue_seconds,
    epoch(until_at - started_at) as run_seconds,
    gpus,
    gpu_model_name,
    gpus * epoch(until_at - started_at) / 3600.0e0 as gpu_hours
from timed
