{{ config(materialized="view") }}

-- Lease beside own, by month and pool, with what the other side would have asked for the same hours: of owned hours
-- what lessors list and what was really paid for leased ones of that model, of leased hours what an owned one cost.
-- Where a side has no price it says why; of a pool that held nothing there is nothing to compare.
with

priced as (
    select
        cast(date_trunc('month', observed_at) as date) as usage_month,
        gpu_model,
        percentile_disc(0.5) within group (order by price_usd_per_gpu_hour) as list_usd_per_gpu_hour
    from {{ ref("int_gpu_price") }}
    where
        price_basis = 'list'
        and pricing_model = 'on_demand'
        and gpu_model is not null
        -- The lowest of many is no price that all could have had.
        and statistic <> 'minimum'
        and price_usd_per_gpu_hour > 0
    group by cast(date_trunc('month', observed_at) as date), gpu_model
),

realised as (
    select
        usage_month,
        sourcing,
        gpu_model,
        {{ per("sum(total_cost_usd)", "cast(round(sum(gpu_hours_paid) * 3600000) as bigint)", 3600000) }}
            as usd_per_gpu_hour
    from {{ ref("int_fleet_accrual_month") }}
    where gpu_model not in ('none', 'unknown')
    group by usage_month, sourcing, gpu_model
),

together as (
    select
        coalesce(accrued.usage_month, cash.usage_month) as usage_month,
        coalesce(accrued.sourcing, cash.sourcing) as sourcing,
        coalesce(accrued.location, cash.location) as location,
        coalesce(accrued.gpu_model, cash.gpu_model) as gpu_model,
        coalesce(accrued.total_cost_usd, 0) as accrued_cost_usd,
        coalesce(accrued.capex_cost_usd, 0) as capex_cost_usd,
        coalesce(accrued.capital_charge_usd, 0) as capital_charge_usd,
        coalesce(cash.capex_cash_usd, 0) as capex_cash_usd,
        coalesce(cash.opex_cash_usd, 0) as opex_cash_usd,
        accrued.gpu_hours_paid,
        accrued.gpu_hours_allocated,
        accrued.gpu_hours_busy,
        accrued.gpu_hours_measured,
        nullif(greatest(0, cast(round(accrued.gpu_hours_paid * 3600000) as bigint)), 0) as paid_ms,
        cast(round(accrued.gpu_hours_allocated * 3600000) as bigint) as allocated_ms,
        cast(round(accrued.gpu_hours_busy * 3600000) as bigint) as busy_ms,
        cast(round(accrued.gpu_hours_measured * 3600000) as bigint) as measured_ms
    from {{ ref("int_fleet_accrual_month") }} as accrued
    full outer join {{ ref("int_fleet_cash_month") }} as cash
        on
            accrued.usage_month = cash.usage_month
            and accrued.sourcing = cash.sourcing
            and accrued.location = cash.location
            and accrued.gpu_model = cash.gpu_model
),

compared as (
    select
        together.*,
        others.usd_per_gpu_hour as other_realised_usd_per_gpu_hour,
        case when together.sourcing = 'owned' then priced.list_usd_per_gpu_hour end as other_list_usd_per_gpu_hour,
        {{ per("others.usd_per_gpu_hour", 3600000, "together.paid_ms") }} as other_realised_cost_usd,
        case
            when together.sourcing = 'owned'
                then {{ per("priced.list_usd_per_gpu_hour", 3600000, "together.paid_ms") }}
        end as other_list_cost_usd
    from together
    left join realised as others
        on
            together.usage_month = others.usage_month
            and together.gpu_model = others.gpu_model
            and together.sourcing <> others.sourcing
    left join priced
        on together.usage_month = priced.usage_month and together.gpu_model = priced.gpu_model
)

select
    usage_month,
    gpu_model,
    sourcing,
    location,
    gpu_hours_paid,
    gpu_hours_allocated,
    gpu_hours_busy,
    gpu_hours_measured,
    1.0e0 * allocated_ms / paid_ms as allocated_frac,
    1.0e0 * busy_ms / paid_ms as busy_frac,
    1.0e0 * coalesce(measured_ms, 0) / paid_ms as measured_frac,
    accrued_cost_usd,
    capex_cost_usd,
    capital_charge_usd,
    accrued_cost_usd - capex_cost_usd - capital_charge_usd as opex_cost_usd,
    capex_cash_usd,
    opex_cash_usd,
    capex_cash_usd + opex_cash_usd as cash_usd,
    {{ per("accrued_cost_usd", "paid_ms", 3600000) }} as cost_usd_per_paid_gpu_hour,
    {{ per("accrued_cost_usd", "allocated_ms", 3600000) }} as cost_usd_per_allocated_gpu_hour,
    {{ per("accrued_cost_usd", "busy_ms", 3600000) }} as cost_usd_per_busy_gpu_hour,
    other_realised_usd_per_gpu_hour,
    other_realised_cost_usd,
    accrued_cost_usd - other_realised_cost_usd as dearer_than_other_realised_usd,
    case
        when other_realised_cost_usd is not null then null
        when gpu_model in ('none', 'unknown') then 'no GPU model'
        when paid_ms is null then 'no GPU-hours held'
        when sourcing = 'owned' then 'no leased hours of this model in the month'
        else 'no owned hours of this model in the month'
    end as other_realised_null_reason,
    other_list_usd_per_gpu_hour,
    other_list_cost_usd,
    accrued_cost_usd - other_list_cost_usd as dearer_than_other_list_usd,
    case
        when other_list_cost_usd is not null then null
        when sourcing = 'leased' then 'own hardware has no list price'
        when gpu_model in ('none', 'unknown') then 'no GPU model'
        when paid_ms is null then 'no GPU-hours held'
        else 'no on-demand list price of this model in the month'
    end as other_list_null_reason
from compared
