select
    source,
    scope,
    billing_account_id,
    billing_period_date,
    billing_currency,
    delivery_id,
    cast(delivered_rows as bigint) as delivered_rows,
    cast(kept_rows as bigint) as kept_rows,
    cast(rejected_rows as bigint) as rejected_rows,
    cast(modelled_rows as bigint) as modelled_rows,
    provider_billed_cost,
    delivered_billed_cost,
    modelled_billed_cost,
    unexplained_billed_cost,
    delivered_effective_cost,
    modelled_effective_cost,
    unexplained_effective_cost,
    status
from {{ ref("int_reconciliation") }}
order by source, billing_account_id, billing_period_date, delivery_id
