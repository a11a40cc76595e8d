{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "charge_date"},
    post_hook="{{ with_status_of_now(this) }}",
) }}

select
    charge_date,
    sourcing,
    source,
    location,
    billing_account_id,
    sub_account_id,
    billing_period_date,
    invoice_id,
    service_category,
    service_name,
    charge_category,
    charge_class,
    pricing_category,
    commitment_discount_status,
    cost_role,
    gpu_model,
    workload,
    billing_currency,
    fx_basis,
    cost_status,
    cast(billed_cost as decimal(38, 18)) as billed_cost,
    cast(effective_cost as decimal(38, 18)) as effective_cost,
    cast(list_cost as decimal(38, 18)) as list_cost,
    cast(contracted_cost as decimal(38, 18)) as contracted_cost,
    cast(billed_cost_usd as decimal(38, 18)) as billed_cost_usd,
    cast(effective_cost_usd as decimal(38, 18)) as effective_cost_usd,
    cast(gpu_hours as decimal(38, 18)) as gpu_hours,
    cast(line_rows as bigint) as line_rows
from {{ ref("int_cost_daily") }}
where {{ in_window("charge_date") }}
order by
    charge_date, sourcing, source, location, billing_account_id, sub_account_id, billing_period_date, invoice_id,
    service_category, service_name, charge_category, charge_class, pricing_category, commitment_discount_status,
    cost_role, gpu_model, workload, billing_currency, fx_basis, cost_status
