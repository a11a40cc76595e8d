-- A returned row is a month whose lease or own cost misses the cost of its days, or whose cash misses its bills.
with

days as (
    select
        cast(date_trunc('month', charge_date) as date) as usage_month,
        sourcing,
        sum(effective_cost_usd) as accrued_cost_usd,
        cast(0 as decimal(38, 18)) as cash_usd
    from {{ ref("fct_cost_daily") }}
    group by 1, 2
),

bills as (
    select
        cast(date_trunc('month', billing_period_date) as date) as usage_month,
        sourcing,
        cast(0 as decimal(38, 18)) as accrued_cost_usd,
        sum(billed_cost_usd) as cash_usd
    from {{ ref("fct_cost_daily") }}
    where sourcing = 'leased'
    group by 1, 2
),

fleet as (
    select
        usage_month,
        sourcing,
        -accrued_cost_usd as accrued_cost_usd,
        case when sourcing = 'leased' then -cash_usd else 0 end as cash_usd
    from {{ ref("fct_fleet_month") }}
),

together as (
    select * from days
    union all
    select * from bills
    union all
    select * from fleet
)

select
    usage_month,
    sourcing,
    sum(accrued_cost_usd) as missing_accrued_usd,
    sum(cash_usd) as missing_cash_usd
from together
group by usage_month, sourcing
having sum(accrued_cost_usd) <> 0 or sum(cash_usd) <> 0
