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

invoices as (
    select
        billing_account_id,
        billing_currency,
        case when match_basis = 'invoice_id' then invoice_id end as invoice_id,
        case when match_basis = 'period' then billing_period_date end as billing_period_date,
        bool_and(is_equal) as is_equal
    from {{ ref("int_invoice_check") }}
    where match_basis in ('invoice_id', 'period')
    group by 1, 2, 3, 4
)

select
    parts.source,
    parts.billing_account_id,
    parts.billing_period_date,
    parts.invoice_id,
    parts.billing_currency,
    case
        when invoices.is_equal or (parts.invoice_id is not null and totals.is_equal) then 'reconciled'
        when parts.invoice_id is not null then 'invoiced'
        when
            coalesce(own.billing_period_status, of_all.billing_period_status) = 'Closed'
            or parts.billing_period_end <= cast('{{ var("as_of") }}' as timestamp)
            then 'provisional'
        else 'estimated'
    end as cost_status
from parts
left join {{ ref("int_provider_total") }} as totals
    on
        parts.source = totals.source
        and parts.billing_account_id = totals.billing_account_id
        and parts.billing_period_date = totals.billing_period_date
        and parts.billing_currency = totals.billing_currency
left join invoices
    on
        parts.billing_account_id = invoices.billing_account_id
        and parts.billing_currency = invoices.billing_currency
        and (
            parts.invoice_id = invoices.invoice_id
            or (parts.invoice_id is null and parts.billing_period_date = invoices.billing_period_date)
        )
-- An account's own word comes before what is said of all accounts.
left join {{ ref("stg_billing_period") }} as own
    on
        parts.invoice_issuer_name = own.invoice_issuer_name
        and parts.billing_account_id = own.billing_account_id
        and parts.billing_period_date = own.billing_period_date
left join {{ ref("stg_billing_period") }} as of_all
    on
        parts.invoice_issuer_name = of_all.invoice_issuer_name
        and of_all.billing_account_id is null
        and parts.billing_period_date = of_all.billing_period_date
