-- How much of an asset is written off over which days: one segment for straight line, one a month for an annuity, one a
-- year for the others. They are rounded by largest remainder, so that every method writes off exactly price less
-- salvage (MACRS: price).
--
-- An impairment takes its amount off the book value at once; what was to be written off later shrinks by as much (more
-- or less where it also changes the salvage value), over the days that are left and in the proportions of the schedule.
-- It therefore is a schedule of its own, of negative amounts.
with

assets as (
    select
        *,
        -- Without a rate an annuity has nothing to level out: it is a straight line.
        case
            when depreciation_method = 'annuity' and cost_of_capital_frac_per_year = 0 then 'straight_line'
            else depreciation_method
        end as schedule_method,
        least(1, 24.0e0 / life_months) as declining_ratio,
        coalesce(salvage_usd / nullif(purchase_price_usd, 0), 0) as salvage_ratio
    from {{ ref("stg_asset") }}
    where go_live_date is not null
),

lengths as (
    select
        *,
        case schedule_method when 'straight_line' then life_months when 'annuity' then 1 else 12 end as segment_months,
        -- The table is of six years, however long the asset is to serve.
        case when schedule_method = 'macrs_5' then 72 else life_months end as schedule_months
    from assets
),

counted as (
    select
        *,
        cast(ceil(schedule_months / cast(segment_months as double)) as integer) as segments_count
    from lengths
),

segments as (
    select
        *,
        unnest(generate_series(1, segments_count)) as segment_index
    from counted
),

weights as (
    select
        *,
        case schedule_method
            when 'straight_line' then 1
            -- The principal parts of level payments grow by a month's interest each.
            when 'annuity'
                then cast(
                    round(
                        1000000000000
                        * pow(1 + cost_of_capital_frac_per_year / 12.0e0, segment_index - life_months)
                    ) as bigint
                )
            -- The year's digit is the life left at its start; in months, since a life need not be whole years.
            when 'sum_of_years' then life_months - 12 * (segment_index - 1)
            -- IRS Publication 946, table A-1, in ten-thousandths.
            when 'macrs_5' then list_extract([2000, 3200, 1920, 1152, 1152, 576], segment_index)
            -- Double declining: 2/life of the book value a year, not below salvage; the last year writes off the rest.
            when 'declining_balance'
                then cast(
                    round(
                        1000000000000 * (
                            greatest(salvage_ratio, pow(1 - declining_ratio, segment_index - 1))
                            - case
                                when segment_index = segments_count then salvage_ratio
                                else greatest(salvage_ratio, pow(1 - declining_ratio, segment_index))
                            end
                        )
                    ) as bigint
                )
        end as weight,
        case when schedule_method = 'macrs_5' then purchase_price_usd else purchase_price_usd - salvage_usd end
            as amount
    from segments
),

totals as (
    select
        *,
        cast(weight as bigint) as whole_weight,
        -- Nothing to write off (salvage is the price) has no weights either.
        greatest(1, cast(sum(weight) over (partition by asset_id) as bigint)) as total_weight,
        date_diff(
            'day', go_live_date, cast(go_live_date + to_months(segment_months * (segment_index - 1)) as date)
        ) as from_day_index,
        date_diff(
            'day',
            go_live_date,
            cast(go_live_date + to_months(least(schedule_months, segment_months * segment_index)) as date)
        ) as to_day_index
    from weights
),

schedule as (
    {{ largest_remainder(
        "(select asset_id, segment_index, from_day_index, to_day_index, amount, whole_weight as weight, total_weight"
        ~ " from totals)",
        "asset_id, segment_index, from_day_index, to_day_index",
        "asset_id",
        "segment_index"
    ) }}
),

written_down as (
    select
        assets.asset_id,
        greatest(0, date_diff('day', assets.go_live_date, events.impairment_date)) as impaired_day_index,
        events.impairment_usd
        + case
            when assets.depreciation_method = 'macrs_5' then 0
            else events.salvage_usd - lag(events.salvage_usd, 1, assets.salvage_usd) over (
                partition by assets.asset_id order by events.impairment_date
            )
        end as relief_usd
    from assets
    inner join {{ ref("int_asset_impairment") }} as events
        on assets.asset_id = events.asset_id
),

-- All that came before go-live counts from there. Where salvage falls by what is written down, nothing changes.
impairments as (
    select
        asset_id,
        impaired_day_index,
        sum(relief_usd) as relief_usd,
        row_number() over (partition by asset_id order by impaired_day_index) as impairment_index
    from written_down
    group by asset_id, impaired_day_index
    having sum(relief_usd) <> 0
),

left_over as (
    select
        impairments.asset_id,
        impairments.impairment_index,
        impairments.relief_usd,
        schedule.segment_index,
        greatest(schedule.from_day_index, impairments.impaired_day_index) as from_day_index,
        schedule.to_day_index,
        {{ from_units(
            to_units("schedule.share")
            ~ " * (schedule.to_day_index - greatest(schedule.from_day_index, impairments.impaired_day_index))"
            ~ " // (schedule.to_day_index - schedule.from_day_index)"
        ) }} as left_usd
    from impairments
    inner join schedule
        on
            impairments.asset_id = schedule.asset_id
            and impairments.impaired_day_index < schedule.to_day_index
),

-- By billionths of a dollar; where the schedule had nothing left to write off (salvage was the price), by days.
weighed as (
    select
        *,
        sum(left_usd) over (partition by asset_id, impairment_index) - relief_usd as amount,
        case
            when sum(left_usd) over (partition by asset_id, impairment_index) >= 0.000000001
                then cast(left_usd * 1000000000 as bigint)
            else to_day_index - from_day_index
        end as weight
    from left_over
),

-- What stays is spread and all that was left taken back, rather than the difference spread: so nothing stays where all
-- is written down, and of a last cent no segment is below nought.
staying as (
    {{ largest_remainder(
        "(select *, cast(sum(weight) over (partition by asset_id, impairment_index) as bigint) as total_weight"
        ~ " from weighed)",
        "asset_id, impairment_index, segment_index, from_day_index, to_day_index, left_usd",
        "asset_id, impairment_index",
        "segment_index"
    ) }}
)

select
    asset_id,
    0 as impairment_index,
    segment_index,
    from_day_index,
    to_day_index,
    share as segment_usd
from schedule

union all

select
    asset_id,
    impairment_index,
    segment_index,
    from_day_index,
    to_day_index,
    share - left_usd as segment_usd
from staying
