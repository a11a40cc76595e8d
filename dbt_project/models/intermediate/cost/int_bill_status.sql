{{ config(materialized="view") }}

-- How far a part of a bill has come. Estimated: its period still runs. Provisional: the period is over, no invoice yet.
-- Invoiced: it is on an invoice. Reconciled: the provider's own total is known and equals the lines, to the cent.
with

parts as (
    select
        source,
        billing_account_id,
        billing_period_date,
        invoice_id,
        billing_currency,
        max(billing_period_end) as billing_period_end,
        min(invoice_issuer_name) as invoice_issuer_name
    from {{ ref("int_reconciliation_service") }}
    group by source, billing_account_id, billing_period_date, invoice_id, billing_currency
),

-- An account's own word comes before what is said of all accounts.
closed as (
    select said.invoice_issuer_name, said.billing_account_id, said.billing_period_date
    from {{ ref("stg_billing_period") }} as said
    left join {{ ref("stg_billing_period") }} as of_all
        on
            said.billing_account_id is not null
            and of_all.billing_account_id is null
            and said.invoice_issuer_name = of_all.invoice_issuer_name
            and said.billing_period_date = of_all.billing_period_date
    where said.billing_period_status = 'Closed' and of_all.invoice_issuer_name is null
),

delivered as (
    select
        source,
        billing_account_id,
        billing_period_date,
        billing_currency,
        sum(delivered_billed_cost) as billed_cost
    from {{ ref("int_reconciliation_service") }}
    group by source, billing_account_id, billing_period_date, billing_currency
)

select
    parts.source,
    parts.billing_account_id,
    parts.billing_period_date,
    parts.invoice_id,
    parts.billing_currency,
    case
        when
            invoices.explanation in ('none', 'rounding')
            or (parts.invoice_id is not null and totals.provider_billed_cost = delivered.billed_cost)
            then 'reconciled'
        when parts.invoice_id is not null then 'invoiced'
        when
            closed.billing_period_date is not null
            or parts.billing_period_end <= cast('{{ var("as_of") }}' as timestamp)
            then 'provisional'
        else 'estimated'
    end as cost_status
from parts
left join delivered
    on
        parts.source = delivered.source
        and parts.billing_account_id = delivered.billing_account_id
        and parts.billing_period_date = delivered.billing_period_date
        and parts.billing_currency = delivered.billing_currency
left join {{ ref("int_provider_total") }} as totals
    on
        parts.source = totals.source
        and parts.billing_account_id = totals.billing_account_id
        and parts.billing_period_date = totals.billing_period_date
        and parts.billing_currency = totals.billing_currency
left join {{ ref("int_invoice_check") }} as invoices
    on
        parts.billing_account_id = invoices.billing_account_id
        and parts.billing_currency = invoices.billing_currency
        and (
            (invoices.match_basis = 'invoice_id' and parts.invoice_id = invoices.invoice_id)
            or (
                invoices.match_basis = 'period'
                and parts.invoice_id is null
                and parts.billing_period_date = invoices.billing_period_date
            )
        )
left join closed
    on
        parts.invoice_issuer_name = closed.invoice_issuer_name
        and parts.billing_period_date = closed.billing_period_date
        and (closed.billing_account_id is null or parts.billing_account_id = closed.billing_account_id)
