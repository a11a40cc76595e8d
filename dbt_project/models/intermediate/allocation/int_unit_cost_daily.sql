{{ config(materialized="view", meta={"window_column": "usage_date"}) }}

-- What a unit of each workload's work cost, over its whole cost of the day; a job over its direct cost of all its
-- days. Where there was no unit there is no unit cost.
--
-- Of the days that this run rebuilds, and of later ones on which a job ended that ran on those: its cost may differ.
with

ends_after_window as (
    select distinct {{ day_ended("ended_at") }} as usage_date
    from {{ ref("int_job") }}
    where started_at < date '{{ var("to_date") }}' and ended_at > date '{{ var("to_date") }}'
),

counted as (
    select
        *,
        -- Where a place is unknown so is its cost, and nothing costs 0 for that.
        case when location <> 'unknown' then total_cost_usd end as known_cost_usd,
        cast(round(gpu_hours_paid * 3600000) as bigint) as paid_ms,
        cast(round(gpu_hours_allocated * 3600000) as bigint) as allocated_ms,
        cast(round(gpu_hours_busy * 3600000) as bigint) as busy_ms,
        -- In thousandths, since what several pools answered together is split and seldom comes out even.
        cast(round(1000 * requests_count) as bigint) as request_thousandths,
        cast(round(1000 * input_tokens_count) as bigint) as input_thousandths,
        cast(round(1000 * output_tokens_count) as bigint) as output_thousandths,
        -- Only where both are counted: the sum with an unknown part would be too small.
        input_tokens_count + output_tokens_count as tokens,
        cast(round(1000 * (input_tokens_count + output_tokens_count)) as bigint) as token_thousandths
    from {{ ref("int_workload_daily") }}
    where
        {{ in_window("usage_date") }}
        or usage_date in (select ends_after_window.usage_date from ends_after_window)
)

select
    counted.usage_date,
    counted.workload,
    counted.workload_kind,
    counted.sourcing,
    counted.location,
    counted.gpu_model,
    counted.allocation_basis,
    counted.serving_basis,
    counted.total_cost_usd,
    {{ per("counted.known_cost_usd", "counted.paid_ms", 3600000) }} as cost_usd_per_paid_gpu_hour,
    {{ per("counted.known_cost_usd", "counted.allocated_ms", 3600000) }} as cost_usd_per_allocated_gpu_hour,
    {{ per("counted.known_cost_usd", "counted.busy_ms", 3600000) }} as cost_usd_per_busy_gpu_hour,
    {{ per("counted.known_cost_usd", "counted.input_thousandths", 1000000000) }} as cost_usd_per_1m_input_tokens,
    {{ per("counted.known_cost_usd", "counted.output_thousandths", 1000000000) }} as cost_usd_per_1m_output_tokens,
    {{ per("counted.known_cost_usd", "counted.token_thousandths", 1000000000) }} as cost_usd_per_1m_tokens,
    {{ per("counted.known_cost_usd", "counted.request_thousandths", 1000) }} as cost_usd_per_request,
    case
        when counted.workload_kind = 'pre-training'
            then {{ per("ended.completed_job_cost_usd", "ended.completed_jobs_count") }}
    end as direct_cost_usd_per_training_run,
    case
        when counted.workload_kind = 'fine-tuning'
            then {{ per("ended.completed_job_cost_usd", "ended.completed_jobs_count") }}
    end as direct_cost_usd_per_fine_tuning_job,
    ended.unfinished_job_cost_usd,
    case when counted.tokens > 0 then counted.gpu_energy_kwh * 3600000 / counted.tokens end as gpu_energy_j_per_token,
    case when counted.tokens > 0 then counted.wall_energy_kwh * 3600000 / counted.tokens end as wall_energy_j_per_token,
    case
        when counted.tokens > 0 then counted.facility_energy_kwh * 3600000 / counted.tokens
    end as facility_energy_j_per_token,
    counted.gpu_hours_paid,
    counted.gpu_hours_allocated,
    counted.gpu_hours_busy,
    counted.requests_count,
    counted.input_tokens_count,
    counted.output_tokens_count,
    ended.completed_jobs_count,
    ended.failed_jobs_count,
    ended.cancelled_jobs_count
from counted
left join {{ ref("int_job_end_daily") }} as ended
    on
        counted.usage_date = ended.usage_date
        and counted.sourcing = ended.sourcing
        and counted.location = ended.location
        and counted.gpu_model = ended.gpu_model
        and counted.workload = ended.workload
