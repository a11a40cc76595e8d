{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "charge_date"},
) }}

select
    charge_date,
    sourcing,
    source,
    billing_account_id,
    sub_account_id,
    tag_key,
    raw_tag_value,
    normalised_tag_value,
    billing_currency,
    cast(billed_cost as decimal(38, 18)) as billed_cost,
    cast(effective_cost as decimal(38, 18)) as effective_cost,
    cast(line_rows as bigint) as line_rows
from {{ ref("int_cost_tag_daily") }}
where {{ in_window("charge_date") }}
order by
    charge_date, sourcing, source, billing_account_id, sub_account_id, tag_key, raw_tag_value, normalised_tag_value,
    billing_currency
