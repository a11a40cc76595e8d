select
    delivery_id,
    changed_at,
    source,
    billing_account_id,
    sub_account_id,
    billing_period_date,
    service_name,
    billing_currency,
    is_new_day,
    cast(changed_days as bigint) as changed_days,
    cast(before_billed_cost as decimal(38, 18)) as before_billed_cost,
    cast(after_billed_cost as decimal(38, 18)) as after_billed_cost,
    cast(change_billed_cost as decimal(38, 18)) as change_billed_cost,
    cast(change_effective_cost as decimal(38, 18)) as change_effective_cost
from {{ ref("int_restatement") }}
order by
    changed_at, source, billing_account_id, billing_period_date, sub_account_id, service_name, billing_currency,
    is_new_day, delivery_id
