{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "charge_date"},
) }}

select
    charge_date,
    scope,
    source,
    billing_account_id,
    sub_account_id,
    billing_period_date,
    invoice_id,
    service_provider_name,
    service_name,
    charge_category,
    charge_class,
    billing_currency,
    cast(line_rows as bigint) as line_rows,
    cast(billed_cost as decimal(38, 18)) as billed_cost,
    cast(effective_cost as decimal(38, 18)) as effective_cost,
    known_from_at,
    delivery_id,
    known_to_at,
    replaced_by
from {{ ref("int_cost_known_daily") }}
