-- How much of an asset is written off over which days: one segment for straight line, one a year for the others.
-- The last segment takes what rounding left, so that every method writes off exactly price less salvage (MACRS: price).
with

assets as (
    select
        *,
        cast(ceil(life_months / 12.0e0) as integer) as life_years,
        date_diff('day', go_live_date, cast(go_live_date + to_months(life_months) as date)) as life_days
    from {{ ref("stg_asset") }}
    where go_live_date is not null
),

years as (
    select
        *,
        unnest(
            generate_series(
                1,
                case depreciation_method
                    when 'straight_line' then 1
                    when 'macrs_5' then 6
                    else life_years
                end
            )
        ) as segment_index
    from assets
),

weights as (
    select
        *,
        case depreciation_method
            when 'straight_line' then 1
            when 'sum_of_years' then life_years - segment_index + 1
            -- IRS Publication 946, table A-1, in ten-thousandths.
            when 'macrs_5' then list_extract([2000, 3200, 1920, 1152, 1152, 576], segment_index)
            -- Double declining: book value falls by 2/life a year; the last year writes off the rest.
            when 'declining_balance'
                then cast(
                    round(
                        1000000 * pow(1 - 2.0e0 / life_years, segment_index - 1)
                        * case when segment_index = life_years then 1 else 2.0e0 / life_years end
                    ) as bigint
                )
        end as weight,
        case when depreciation_method = 'macrs_5' then purchase_price_usd else purchase_price_usd - salvage_usd end
            as amount
    from years
),

totals as (
    select
        *,
        cast(weight as bigint) as whole_weight,
        cast(sum(weight) over (partition by asset_id) as bigint) as total_weight,
        case
            when depreciation_method = 'straight_line' then 0
            else date_diff('day', go_live_date, cast(go_live_date + to_years(segment_index - 1) as date))
        end as from_day_index,
        case
            when depreciation_method in ('straight_line', 'sum_of_years', 'declining_balance')
                then least(
                    life_days,
                    case
                        when depreciation_method = 'straight_line' then life_days
                        else date_diff('day', go_live_date, cast(go_live_date + to_years(segment_index) as date))
                    end
                )
            else date_diff('day', go_live_date, cast(go_live_date + to_years(segment_index) as date))
        end as to_day_index
    from weights
),

shares as (
    {{ largest_remainder(
        "(select asset_id, segment_index, from_day_index, to_day_index, amount, whole_weight as weight, total_weight"
        ~ " from totals)",
        "asset_id, segment_index, from_day_index, to_day_index",
        "asset_id",
        "segment_index"
    ) }}
)

select
    asset_id,
    segment_index,
    from_day_index,
    to_day_index,
    share as segment_usd
from shares
