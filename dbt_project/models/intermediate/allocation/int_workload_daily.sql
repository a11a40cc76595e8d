{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- What each workload cost and what came out of it, in one row a pool; output without cost keeps a row of its own.
select
    coalesce(costs.usage_date, outputs.usage_date) as usage_date,
    coalesce(costs.workload, outputs.workload) as workload,
    coalesce(costs.workload_kind, outputs.workload_kind) as workload_kind,
    coalesce(costs.sourcing, outputs.sourcing) as sourcing,
    coalesce(costs.location, outputs.location) as location,
    coalesce(costs.gpu_model, outputs.gpu_model) as gpu_model,
    costs.allocation_basis,
    cast(coalesce(costs.direct_cost_usd, 0) as decimal(38, 18)) as direct_cost_usd,
    cast(coalesce(costs.idle_cost_usd, 0) as decimal(38, 18)) as idle_cost_usd,
    cast(coalesce(costs.shared_cost_usd, 0) as decimal(38, 18)) as shared_cost_usd,
    cast(coalesce(costs.unallocated_cost_usd, 0) as decimal(38, 18)) as unallocated_cost_usd,
    cast(coalesce(costs.over_allocated_cost_usd, 0) as decimal(38, 18)) as over_allocated_cost_usd,
    cast(coalesce(costs.total_cost_usd, 0) as decimal(38, 18)) as total_cost_usd,
    cast(costs.gpu_hours_paid as double) as gpu_hours_paid,
    cast(costs.gpu_hours_allocated as double) as gpu_hours_allocated,
    cast(costs.gpu_hours_busy as double) as gpu_hours_busy,
    cast(costs.gpu_hours_measured as double) as gpu_hours_measured,
    cast(costs.gpu_energy_kwh as double) as gpu_energy_kwh,
    cast(costs.wall_energy_kwh as double) as wall_energy_kwh,
    cast(costs.facility_energy_kwh as double) as facility_energy_kwh,
    cast(costs.operational_kgco2e as double) as operational_kgco2e,
    cast(costs.embodied_kgco2e as double) as embodied_kgco2e,
    outputs.serving_basis,
    cast(outputs.requests_count as double) as requests_count,
    cast(outputs.input_tokens_count as double) as input_tokens_count,
    cast(outputs.output_tokens_count as double) as output_tokens_count,
    cast(outputs.completed_jobs_count as bigint) as completed_jobs_count,
    cast(outputs.failed_jobs_count as bigint) as failed_jobs_count,
    cast(outputs.cancelled_jobs_count as bigint) as cancelled_jobs_count
from {{ ref("int_workload_cost_daily") }} as costs
full outer join {{ ref("int_workload_output_daily") }} as outputs
    on
        costs.usage_date = outputs.usage_date
        and costs.sourcing = outputs.sourcing
        and costs.location = outputs.location
        and costs.gpu_model = outputs.gpu_model
        and costs.workload = outputs.workload
