select
    billing_account_id,
    cast(billing_period_start as date) as billing_period_date,
    min(billing_period_status) as billing_period_status
from {{ source("raw", "billing_period") }}
group by billing_account_id, cast(billing_period_start as date)
