{{ config(materialized="view") }}

-- Accrued cost and GPU time by month and pool. Of owned pools: what is spread hardware (and gain or loss of a sale),
-- what is interest on own capital, and the rest, which is running cost; of leased ones all is running cost.
with

used as (
    select
        cast(date_trunc('month', usage_date) as date) as usage_month,
        sourcing,
        location,
        gpu_model,
        sum(total_cost_usd) as total_cost_usd,
        {{ total("gpu_hours_paid") }} as gpu_hours_paid,
        {{ total("gpu_hours_allocated") }} as gpu_hours_allocated,
        {{ total("gpu_hours_busy") }} as gpu_hours_busy,
        {{ total("gpu_hours_measured") }} as gpu_hours_measured
    from {{ ref("int_workload_daily") }}
    group by 1, 2, 3, 4
),

capital as (
    select
        cast(date_trunc('month', usage_date) as date) as usage_month,
        'owned' as sourcing,
        site_id as location,
        gpu_model,
        sum(case when component in ('depreciation', 'impairment', 'disposal') then cost_usd else 0 end)
            as capex_cost_usd,
        sum(case when component in ('cost_of_capital', 'implementation') then cost_usd else 0 end) as capital_charge_usd
    from {{ ref("int_owned_pool_cost_daily") }}
    group by 1, 2, 3, 4
)

select
    used.usage_month,
    used.sourcing,
    used.location,
    used.gpu_model,
    used.total_cost_usd,
    coalesce(capital.capex_cost_usd, 0) as capex_cost_usd,
    coalesce(capital.capital_charge_usd, 0) as capital_charge_usd,
    used.gpu_hours_paid,
    used.gpu_hours_allocated,
    used.gpu_hours_busy,
    used.gpu_hours_measured
from used
left join capital
    on
        used.usage_month = capital.usage_month
        and used.sourcing = capital.sourcing
        and used.location = capital.location
        and used.gpu_model = capital.gpu_model
