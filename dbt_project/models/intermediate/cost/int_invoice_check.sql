-- Invoices as their issuer states them, or as typed in from the document, against the lines. An invoice is matched by
-- its id; where no line carries it, with the lines of the account and period that carry none. Several such invoices of
-- one period are compared together: which of the lines is on which of them nobody says.
with

stated as (
    select
        invoice_issuer_name,
        invoice_id,
        billing_account_id,
        billing_currency,
        min(billing_period_date) as billing_period_date,
        -- One amount for the whole invoice says it all; else the amounts per service add up to it.
        coalesce(
            sum(billed_cost) filter (where service_name is null and charge_category is null), sum(billed_cost)
        ) as stated_billed_cost
    from {{ ref("stg_invoice_total") }}
    where lower(coalesce(invoice_status, '')) <> 'voided'
    group by invoice_issuer_name, invoice_id, billing_account_id, billing_currency
),

bills as (
    select
        billing_account_id,
        lower(coalesce(invoice_issuer_name, service_provider_name)) as line_issuer_name,
        cast(billing_period_start as date) as billing_period_date,
        invoice_id,
        billing_currency,
        sum(line_rows) as line_rows,
        sum(billed_cost) as billed_cost
    from {{ ref("int_bill_daily") }}
    group by 1, 2, 3, 4, 5
),

-- Two issuers may know us by one account: an invoice is of its issuer's lines where lines of the account bear its name,
-- else, the name being typed, of all of them.
named as (
    select stated.*, issuers.line_issuer_name
    from stated
    left join (select distinct billing_account_id, line_issuer_name from bills) as issuers
        on
            stated.billing_account_id = issuers.billing_account_id
            and lower(stated.invoice_issuer_name) = issuers.line_issuer_name
),

-- By issuer, and under none those of all.
lines as (
    select * from bills
    union all by name
    select
        billing_account_id,
        billing_period_date,
        invoice_id,
        billing_currency,
        sum(line_rows) as line_rows,
        sum(billed_cost) as billed_cost
    from bills
    group by billing_account_id, billing_period_date, invoice_id, billing_currency
),

by_invoice as (
    select
        billing_account_id,
        line_issuer_name,
        invoice_id,
        billing_currency,
        sum(line_rows) as line_rows,
        sum(billed_cost) as billed_cost
    from lines
    where invoice_id is not null
    group by billing_account_id, line_issuer_name, invoice_id, billing_currency
),

rejected as (
    select billing_account_id, billing_period_date, billing_currency, sum(rejected_billed_cost) as billed_cost
    from {{ ref("int_rejected_cost") }}
    group by billing_account_id, billing_period_date, billing_currency
),

compared as (
    select
        named.*,
        case
            when by_invoice.invoice_id is not null then 'invoice_id'
            when lines.line_rows is not null then 'period'
            else 'no lines'
        end as match_basis,
        coalesce(by_invoice.line_rows, lines.line_rows, 0) as line_rows,
        coalesce(by_invoice.billed_cost, lines.billed_cost, 0) as modelled_billed_cost,
        coalesce(rejected.billed_cost, 0) as rejected_billed_cost
    from named
    left join by_invoice
        on
            named.billing_account_id = by_invoice.billing_account_id
            and named.line_issuer_name is not distinct from by_invoice.line_issuer_name
            and named.invoice_id = by_invoice.invoice_id
            and named.billing_currency = by_invoice.billing_currency
    left join lines
        on
            by_invoice.invoice_id is null
            and lines.invoice_id is null
            and named.billing_account_id = lines.billing_account_id
            and named.line_issuer_name is not distinct from lines.line_issuer_name
            and named.billing_period_date = lines.billing_period_date
            and named.billing_currency = lines.billing_currency
    left join rejected
        on
            named.billing_account_id = rejected.billing_account_id
            and named.billing_period_date = rejected.billing_period_date
            and named.billing_currency = rejected.billing_currency
),

together as (
    select
        *,
        case
            when match_basis = 'period'
                then sum(stated_billed_cost) over (
                    partition by
                        billing_account_id, line_issuer_name, billing_period_date, billing_currency, match_basis
                )
            else stated_billed_cost
        end as together_billed_cost
    from compared
)

select
    *,
    together_billed_cost - modelled_billed_cost as difference_billed_cost,
    case
        when match_basis = 'no lines' then 'no lines'
        when together_billed_cost = modelled_billed_cost then 'none'
        when round(modelled_billed_cost, 2) = together_billed_cost then 'rounding'
        when
            rejected_billed_cost <> 0
            and round(modelled_billed_cost + rejected_billed_cost, 2) = round(together_billed_cost, 2)
            then 'rejected rows'
        else 'unexplained'
    end as explanation,
    -- An invoice is stated in cents, its lines are not: apart by rounding alone they are equal.
    explanation in ('none', 'rounding') as is_equal
from together
