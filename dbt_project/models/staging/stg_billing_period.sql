select
    invoice_issuer_name,
    billing_account_id,
    cast(billing_period_start as date) as billing_period_date,
    min(billing_period_status) as billing_period_status
from {{ source("raw", "billing_period") }}
group by invoice_issuer_name, billing_account_id, cast(billing_period_start as date)
