{{ config(materialized="view") }}

-- Every day a workload shows in, over all history: the window does not narrow it.
select usage_date, workload, workload_kind from {{ ref("int_allocated_cost_daily") }}
union
select usage_date, workload, workload_kind from {{ ref("int_workload_daily") }}
union
select cast(hour_at as date) as usage_date, workload, workload_kind from {{ ref("int_gpu_usage_hourly") }}
