{{ config(materialized="view") }}

-- What the current deliveries say, as summed up while they were loaded.
select
    source,
    billing_account_id,
    billing_period_date,
    invoice_id,
    service_name,
    billing_currency,
    sum(line_rows) as line_rows,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost
from {{ ref("stg_cost_known") }}
where known_to_at is null
group by source, billing_account_id, billing_period_date, invoice_id, service_name, billing_currency
