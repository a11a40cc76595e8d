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

-- Invoices of one period share its lines: each issuer's count once.
checked as (
    select
        billing_account_id,
        billing_currency,
        line_issuer_name,
        case when match_basis = 'invoice_id' then invoice_id end as invoice_id,
        case when match_basis = 'period' then billing_period_date end as billing_period_date,
        max(line_rows) as line_rows,
        bool_and(is_equal) as is_equal
    from {{ ref("int_invoice_check") }}
    where match_basis in ('invoice_id', 'period')
    group by 1, 2, 3, 4, 5
),

lines as (
    select
        billing_account_id,
        billing_currency,
        invoice_id,
        case when invoice_id is null then billing_period_date end as billing_period_date,
        sum(modelled_rows) as line_rows
    from {{ ref("int_reconciliation_service") }}
    group by 1, 2, 3, 4
),

-- Lines of an issuer whose invoice nobody stated are not vouched for by another's.
invoices as (
    select
        checked.billing_account_id,
        checked.billing_currency,
        checked.invoice_id,
        checked.billing_period_date,
        bool_and(checked.is_equal) and sum(checked.line_rows) >= any_value(lines.line_rows) as is_equal
    from checked
    inner join lines
        on
            checked.billing_account_id = lines.billing_account_id
            and checked.billing_currency = lines.billing_currency
            and checked.invoice_id is not distinct from lines.invoice_id
            and checked.billing_period_date is not distinct from lines.billing_period_date
    group by
        checked.billing_account_id, checked.billing_currency, checked.invoice_id, checked.billing_period_date
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
