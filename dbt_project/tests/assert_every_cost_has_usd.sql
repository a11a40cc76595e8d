-- A returned row is a currency that has no rate to USD: its cost would be missing from every total.
select billing_currency, source, sum(line_rows) as line_rows, sum(billed_cost) as billed_cost
from {{ ref("int_bill_daily") }}
where billed_cost_usd is null
group by billing_currency, source
