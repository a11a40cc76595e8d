select
    source,
    billing_account_id,
    billing_period_date,
    invoice_id,
    service_name,
    billing_currency,
    cast(kept_rows as bigint) as kept_rows,
    cast(modelled_rows as bigint) as modelled_rows,
    cast(delivered_billed_cost as decimal(38, 18)) as delivered_billed_cost,
    cast(modelled_billed_cost as decimal(38, 18)) as modelled_billed_cost,
    cast(unexplained_billed_cost as decimal(38, 18)) as unexplained_billed_cost,
    cast(delivered_effective_cost as decimal(38, 18)) as delivered_effective_cost,
    cast(modelled_effective_cost as decimal(38, 18)) as modelled_effective_cost,
    cast(unexplained_effective_cost as decimal(38, 18)) as unexplained_effective_cost,
    is_unexplained
from {{ ref("int_reconciliation_service") }}
order by source, billing_account_id, billing_period_date, invoice_id, service_name, billing_currency
