-- Per invoice and service: what was delivered and what the models hold. The difference must be nothing, service by
-- service: a cost that moved from one to another leaves the total as it was.
with

modelled as (
    select
        source,
        billing_account_id,
        cast(billing_period_start as date) as billing_period_date,
        invoice_id,
        service_name,
        billing_currency,
        max(billing_period_end) as billing_period_end,
        min(invoice_issuer_name) as invoice_issuer_name,
        cast(sum(line_rows) as bigint) as line_rows,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from {{ ref("int_bill_daily") }}
    group by
        source, billing_account_id, cast(billing_period_start as date), invoice_id, service_name, billing_currency
)

select
    coalesce(delivered.source, modelled.source) as source,
    coalesce(delivered.billing_account_id, modelled.billing_account_id) as billing_account_id,
    coalesce(delivered.billing_period_date, modelled.billing_period_date) as billing_period_date,
    coalesce(delivered.invoice_id, modelled.invoice_id) as invoice_id,
    coalesce(delivered.service_name, modelled.service_name) as service_name,
    coalesce(delivered.billing_currency, modelled.billing_currency) as billing_currency,
    modelled.billing_period_end,
    modelled.invoice_issuer_name,
    delivered.line_rows as kept_rows,
    modelled.line_rows as modelled_rows,
    delivered.billed_cost as delivered_billed_cost,
    modelled.billed_cost as modelled_billed_cost,
    delivered.effective_cost as delivered_effective_cost,
    modelled.effective_cost as modelled_effective_cost,
    coalesce(delivered.billed_cost, 0) - coalesce(modelled.billed_cost, 0) as unexplained_billed_cost,
    coalesce(delivered.effective_cost, 0) - coalesce(modelled.effective_cost, 0) as unexplained_effective_cost,
    (
        (delivered.billed_cost is distinct from modelled.billed_cost)
        or (delivered.effective_cost is distinct from modelled.effective_cost)
        or (delivered.line_rows is distinct from modelled.line_rows)
    ) as is_unexplained
from {{ ref("int_delivered_service") }} as delivered
full outer join modelled
    on
        delivered.source = modelled.source
        and delivered.billing_account_id = modelled.billing_account_id
        and delivered.billing_period_date = modelled.billing_period_date
        and delivered.invoice_id is not distinct from modelled.invoice_id
        and delivered.service_name is not distinct from modelled.service_name
        and delivered.billing_currency = modelled.billing_currency
