select
    delivery_id,
    source_part,
    source_row,
    source,
    invoice_id,
    invoice_issuer_name,
    billing_account_id,
    cast(billing_period_start as date) as billing_period_date,
    service_name,
    charge_category,
    billing_currency,
    billed_cost,
    invoice_status
from {{ source("raw", "invoice_total") }}
