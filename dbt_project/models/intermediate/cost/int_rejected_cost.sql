{{ config(materialized="view") }}

-- Rows that could not be kept, with the account and period of the delivery's first scope: the row itself may not say.
with

homes as (
    select
        ledger.delivery_id,
        min(known.source) as source,
        min(known.billing_account_id) as billing_account_id,
        min(known.billing_period_date) as billing_period_date,
        min(known.billing_currency) as billing_currency
    from {{ ref("stg_delivery") }} as ledger
    -- By scope: a row that stays as it was keeps the delivery that said so first.
    inner join {{ ref("stg_cost_known") }} as known
        on ledger.scope = known.scope
    where ledger.status = 'current' and known.known_to_at is null
    group by ledger.delivery_id
)

select
    homes.source,
    homes.billing_account_id,
    homes.billing_period_date,
    homes.billing_currency,
    count(*) as rejected_rows,
    sum(rejected.billed_cost) as rejected_billed_cost
from {{ ref("stg_rejected_row") }} as rejected
inner join homes
    on rejected.delivery_id = homes.delivery_id
group by homes.source, homes.billing_account_id, homes.billing_period_date, homes.billing_currency
