{{ config(materialized="view") }}

-- Per source, account and billing period: what the files held, what the models hold, and what is between them. Rows
-- kept come from the ledger (counted while loading), rows modelled from the cost lines; the difference must be nothing.
with

ledger as (
    select
        source,
        scope,
        delivery_id,
        delivered_rows,
        kept_rows,
        rejected_rows,
        billed_cost as delivered_billed_cost,
        effective_cost as delivered_effective_cost,
        provider_billed_cost
    from {{ ref("stg_delivery") }}
    where kind = 'billing' and status = 'current'
),

modelled as (
    select
        delivery_id,
        -- The scope a billing delivery replaces, as the ledger writes it.
        source || '|' || billing_account_id || '|' || strftime(billing_period_start, '%Y-%m-%d') as scope,
        billing_account_id,
        cast(billing_period_start as date) as billing_period_date,
        min(billing_currency) as billing_currency,
        count(*) as modelled_rows,
        count(*) - count(invoice_id) as rows_without_invoice,
        sum(billed_cost) as modelled_billed_cost,
        sum(effective_cost) as modelled_effective_cost
    from {{ ref("int_leased_cost_line") }}
    group by 1, 2, 3, 4
)

select
    ledger.source,
    ledger.scope,
    modelled.billing_account_id,
    modelled.billing_period_date,
    modelled.billing_currency,
    ledger.delivery_id,
    ledger.delivered_rows,
    ledger.kept_rows,
    ledger.rejected_rows,
    modelled.modelled_rows,
    ledger.provider_billed_cost,
    ledger.delivered_billed_cost,
    modelled.modelled_billed_cost,
    ledger.delivered_billed_cost - modelled.modelled_billed_cost as unexplained_billed_cost,
    ledger.delivered_effective_cost,
    modelled.modelled_effective_cost,
    ledger.delivered_effective_cost - modelled.modelled_effective_cost as unexplained_effective_cost,
    case
        when
            (ledger.delivered_billed_cost is distinct from modelled.modelled_billed_cost)
            or (ledger.delivered_effective_cost is distinct from modelled.modelled_effective_cost)
            or (ledger.kept_rows is distinct from modelled.modelled_rows)
            then 'unexplained'
        when modelled.rows_without_invoice > 0 then 'estimated'
        when ledger.provider_billed_cost = modelled.modelled_billed_cost then 'reconciled'
        else 'invoiced'
    end as status
from ledger
left join modelled
    on
        ledger.delivery_id = modelled.delivery_id
        and ledger.scope = modelled.scope
where ledger.kept_rows > 0
