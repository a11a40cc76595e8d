{{ config(materialized="view") }}

-- Requests and tokens by hour, with the workload they are of.
select
    counts.hour_at,
    counts.engine,
    counts.service,
    counts.model_name,
    counts.namespace,
    workloads.workload,
    workloads.workload_kind,
    counts.requests_count,
    counts.input_tokens_count,
    counts.output_tokens_count,
    counts.time_to_first_token_seconds
from {{ ref("int_serving_count_hourly") }} as counts
inner join {{ ref("int_serving_workload") }} as workloads
    on
        cast(counts.hour_at as date) = workloads.usage_date
        and counts.namespace is not distinct from workloads.namespace
        and counts.service is not distinct from workloads.service
        and counts.model_name is not distinct from workloads.model_name
