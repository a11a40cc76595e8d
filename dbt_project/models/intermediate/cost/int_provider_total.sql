{{ config(materialized="view") }}

-- What the files' own totals say, where every current delivery of the bill has one.
with

bills as (
    select distinct delivery_id, scope, source, billing_account_id, billing_period_date, billing_currency
    from {{ ref("stg_cost_known") }}
    where known_to_at is null
),

-- A total speaks for a whole delivery: one of several bills cannot be told from it.
spread as (
    select delivery_id, scope
    from bills
    group by delivery_id, scope
    having count(*) > 1
),

ledger as (
    select
        delivery_id,
        scope,
        delivered_rows,
        left_out_rows,
        provider_billed_cost
    from {{ ref("stg_delivery") }}
    where status = 'current' and table_name = 'raw.cost_line'
)

select
    bills.source,
    bills.billing_account_id,
    bills.billing_period_date,
    bills.billing_currency,
    count(distinct bills.delivery_id) as deliveries_count,
    max(bills.delivery_id) as delivery_id,
    sum(ledger.left_out_rows) as left_out_rows,
    case
        when count(*) = count(ledger.provider_billed_cost) and count(spread.scope) = 0
            then sum(ledger.provider_billed_cost)
    end as provider_billed_cost
from bills
inner join ledger
    on bills.delivery_id = ledger.delivery_id and bills.scope = ledger.scope
left join spread
    on bills.delivery_id = spread.delivery_id and bills.scope = spread.scope
group by bills.source, bills.billing_account_id, bills.billing_period_date, bills.billing_currency
