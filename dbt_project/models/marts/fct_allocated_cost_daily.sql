{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    workload_kind,
    cost_class,
    allocation_basis,
    shared_driver,
    cost_usd
from {{ ref("int_allocated_cost_daily") }}
where {{ in_window("usage_date") }}
order by usage_date, sourcing, location, gpu_model, workload, cost_class, allocation_basis, shared_driver
