select
    billing_account_id,
    invoice_id,
    invoice_issuer_name,
    billing_period_date,
    billing_currency,
    match_basis,
    cast(line_rows as bigint) as line_rows,
    cast(stated_billed_cost as decimal(38, 18)) as stated_billed_cost,
    cast(modelled_billed_cost as decimal(38, 18)) as modelled_billed_cost,
    cast(difference_billed_cost as decimal(38, 18)) as difference_billed_cost,
    cast(rejected_billed_cost as decimal(38, 18)) as rejected_billed_cost,
    explanation,
    is_equal
from {{ ref("int_invoice_check") }}
order by billing_account_id, billing_period_date, invoice_id, billing_currency, invoice_issuer_name
