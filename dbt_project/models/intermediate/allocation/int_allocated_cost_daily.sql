{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- Every dollar of the day on exactly one row: a pool's cost by who held its time, unused commitments as idle, cost
-- lines that name their workload as direct, and the rest of a provider's bill as shared, by its driver.
with

together as (
    select
        usage_date, sourcing, location, gpu_model, workload, workload_kind, cost_class, allocation_basis,
        'none' as shared_driver, cost_usd
    from {{ ref("int_pool_cost_daily") }}
    union all
    select
        usage_date, 'leased', location, gpu_model, workload, workload_kind, 'shared', 'driver', shared_driver, cost_usd
    from {{ ref("int_shared_cost_daily") }}
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    min(workload_kind) as workload_kind,
    cost_class,
    allocation_basis,
    shared_driver,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from together
group by usage_date, sourcing, location, gpu_model, workload, cost_class, allocation_basis, shared_driver
