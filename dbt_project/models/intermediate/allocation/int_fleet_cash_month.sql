{{ config(materialized="view") }}

-- Money that left by month and pool. Leased: what was billed, by the month of the bill. Owned: hardware when it was
-- ordered, less what a sale brought in, and running cost as it accrued. Spreading and interest on own capital are no
-- payments. Hardware and lines without a GPU stand under 'none'.
with

billed as (
    select
        cast(date_trunc('month', billing_period_start) as date) as usage_month,
        'leased' as sourcing,
        service_provider_name as location,
        coalesce(gpu_model, 'none') as gpu_model,
        cast(0 as decimal(38, 18)) as capex_cash_usd,
        sum(billed_cost_usd) as opex_cash_usd
    from {{ ref("int_bill_daily") }}
    group by 1, 2, 3, 4
),

running as (
    select
        cast(date_trunc('month', usage_date) as date) as usage_month,
        'owned' as sourcing,
        site_id as location,
        gpu_model,
        cast(0 as decimal(38, 18)) as capex_cash_usd,
        sum(cost_usd) as opex_cash_usd
    from {{ ref("int_owned_pool_cost_daily") }}
    where component not in ('depreciation', 'impairment', 'disposal', 'cost_of_capital', 'implementation')
    group by 1, 2, 3, 4
),

bought as (
    select
        cast(date_trunc('month', ordered_date) as date) as usage_month,
        'owned' as sourcing,
        site_id as location,
        coalesce(gpu_model, 'none') as gpu_model,
        sum(purchase_price_usd) as capex_cash_usd,
        cast(0 as decimal(38, 18)) as opex_cash_usd
    from {{ ref("stg_asset") }}
    where ordered_date < date '{{ var("as_of") }}'
    group by 1, 2, 3, 4
),

sold as (
    select
        cast(date_trunc('month', retired_date) as date) as usage_month,
        'owned' as sourcing,
        site_id as location,
        coalesce(gpu_model, 'none') as gpu_model,
        -sum(coalesce(sale_proceeds_usd, 0)) as capex_cash_usd,
        cast(0 as decimal(38, 18)) as opex_cash_usd
    from {{ ref("stg_asset") }}
    where retired_date < date '{{ var("as_of") }}'
    group by 1, 2, 3, 4
),

together as (
    select * from billed
    union all
    select * from running
    union all
    select * from bought
    union all
    select * from sold
)

select
    usage_month,
    sourcing,
    location,
    gpu_model,
    sum(capex_cash_usd) as capex_cash_usd,
    sum(opex_cash_usd) as opex_cash_usd
from together
group by usage_month, sourcing, location, gpu_model
