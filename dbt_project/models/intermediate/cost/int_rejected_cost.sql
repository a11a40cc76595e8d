{{ config(materialized="view") }}

-- Rows that could not be kept, with the account and period of the delivery's first scope: the row itself may not say.
with

homes as (
    select
        delivery_id,
        min(source) as source,
        min(billing_account_id) as billing_account_id,
        min(billing_period_date) as billing_period_date,
        min(billing_currency) as billing_currency
    from {{ ref("stg_cost_known") }}
    where known_to_at is null
    group by delivery_id
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
