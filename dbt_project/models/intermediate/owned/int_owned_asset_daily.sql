-- Every day of an asset's life with the company, from the order to the day it leaves, up to the day the run speaks for.
with

spans as (
    select
        *,
        coalesce(retired_date, date '9999-12-31') as left_date
    from {{ ref("stg_asset") }}
),

days as (
    select
        *,
        cast(
            unnest(
                generate_series(
                    greatest(ordered_date, date '{{ var("from_date") }}'),
                    -- The day of retirement itself is kept: gain or loss falls on it.
                    least(left_date, date '{{ var("to_date") }}' - 1, date '{{ var("as_of") }}' - 1),
                    interval 1 day
                )
            ) as date
        ) as usage_date
    from spans
)

select
    days.usage_date,
    days.asset_id,
    days.asset_class,
    days.site_id,
    days.node,
    days.gpu_model,
    days.gpus,
    days.purchase_price_usd,
    days.salvage_usd,
    days.ordered_date,
    days.go_live_date,
    days.retired_date,
    days.life_months,
    days.depreciation_method,
    days.cost_of_capital_frac_per_year,
    days.idle_kw,
    days.peak_kw,
    days.fixed_wall_kw,
    days.wall_to_gpu_ratio,
    days.embodied_kgco2e,
    days.contracted_kw,
    days.maintenance_frac_per_year,
    days.maintenance_from_date,
    days.software_usd_per_gpu_year,
    days.insurance_frac_per_year,
    days.sale_proceeds_usd,
    coalesce(events.impaired_through_usd, 0) as impaired_usd,
    coalesce(days.usage_date >= days.go_live_date and days.usage_date < days.left_date, false) as is_live,
    coalesce(days.usage_date < days.go_live_date, true) and days.usage_date < days.left_date as is_awaited,
    date_diff('day', days.go_live_date, days.usage_date) as age_days
from days
left join {{ ref("int_asset_impairment") }} as events
    on
        days.asset_id = events.asset_id
        and days.usage_date >= events.impairment_date
        and days.usage_date < coalesce(events.next_impairment_date, date '9999-12-31')
