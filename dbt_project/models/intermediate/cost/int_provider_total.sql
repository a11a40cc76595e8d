{{ config(materialized="view") }}

-- What the files' own totals say, where every current delivery of the bill has one, and whether that is what they held.
with

-- By scope, not by delivery: a row that stays as it was keeps the delivery that said so first.
bills as (
    select distinct scope, source, billing_account_id, billing_period_date, billing_currency
    from {{ ref("stg_cost_known") }}
    where known_to_at is null
),

-- A total speaks for a whole scope: one of several bills cannot be told from it.
spread as (
    select scope
    from bills
    group by scope
    having count(*) > 1
),

ledger as (
    select
        delivery_id,
        scope,
        left_out_rows,
        provider_billed_cost
    from {{ ref("stg_delivery") }}
    where status = 'current' and table_name = 'raw.cost_line'
),

totals as (
    select
        bills.source,
        bills.billing_account_id,
        bills.billing_period_date,
        bills.billing_currency,
        count(distinct ledger.delivery_id) as deliveries_count,
        max(ledger.delivery_id) as delivery_id,
        sum(ledger.left_out_rows) as left_out_rows,
        case
            when count(*) = count(ledger.provider_billed_cost) and count(spread.scope) = 0
                then sum(ledger.provider_billed_cost)
        end as provider_billed_cost
    from bills
    inner join ledger
        on bills.scope = ledger.scope
    left join spread
        on bills.scope = spread.scope
    group by bills.source, bills.billing_account_id, bills.billing_period_date, bills.billing_currency
),

delivered as (
    select
        source,
        billing_account_id,
        billing_period_date,
        billing_currency,
        sum(billed_cost) as billed_cost
    from {{ ref("int_delivered_service") }}
    group by source, billing_account_id, billing_period_date, billing_currency
)

select
    totals.*,
    totals.provider_billed_cost - delivered.billed_cost as difference_billed_cost,
    totals.provider_billed_cost = delivered.billed_cost as is_equal
from totals
inner join delivered
    on
        totals.source = delivered.source
        and totals.billing_account_id = delivered.billing_account_id
        and totals.billing_period_date = delivered.billing_period_date
        and totals.billing_currency = delivered.billing_currency
