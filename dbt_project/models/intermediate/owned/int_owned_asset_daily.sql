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
    usage_date,
    asset_id,
    asset_class,
    site_id,
    node,
    gpu_model,
    gpus,
    purchase_price_usd,
    salvage_usd,
    ordered_date,
    go_live_date,
    retired_date,
    life_months,
    depreciation_method,
    cost_of_capital_frac_per_year,
    idle_kw,
    peak_kw,
    fixed_wall_kw,
    wall_to_gpu_ratio,
    embodied_kgco2e,
    contracted_kw,
    maintenance_frac_per_year,
    maintenance_from_date,
    software_usd_per_gpu_year,
    insurance_frac_per_year,
    sale_proceeds_usd,
    coalesce(usage_date >= go_live_date and usage_date < left_date, false) as is_live,
    coalesce(usage_date < go_live_date, true) and usage_date < left_date as is_awaited,
    date_diff('day', go_live_date, usage_date) as age_days
from days
