select
    scope,
    source,
    billing_account_id,
    sub_account_id,
    billing_period_date,
    charge_date,
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
from {{ ref("stg_cost_known") }}
order by
    source, billing_account_id, billing_period_date, charge_date, sub_account_id, service_provider_name, service_name,
    charge_category, charge_class, invoice_id, billing_currency, scope, known_from_at
