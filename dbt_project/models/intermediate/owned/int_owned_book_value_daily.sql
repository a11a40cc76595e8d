-- Written off before and through each day in service, and the book value the day starts with: an impairment of the
-- day is off it already.
with

-- Net of what impairments took back of the same days: each cut at 1e-18 alone, they would not cancel out.
segments as (
    select asset_id, from_day_index, to_day_index, sum(segment_usd) as segment_usd
    from {{ ref("int_depreciation_segment") }}
    group by asset_id, from_day_index, to_day_index
),

progress as (
    select
        days.usage_date,
        days.asset_id,
        days.site_id,
        days.purchase_price_usd - days.impaired_usd as unimpaired_usd,
        days.cost_of_capital_frac_per_year,
        days.insurance_frac_per_year,
        days.is_live,
        segments.segment_usd,
        segments.to_day_index - segments.from_day_index as segment_days,
        greatest(0, least(days.age_days, segments.to_day_index) - segments.from_day_index) as days_before,
        greatest(0, least(days.age_days + 1, segments.to_day_index) - segments.from_day_index) as days_through
    from {{ ref("int_owned_asset_daily") }} as days
    inner join segments
        on
            days.asset_id = segments.asset_id
            and days.age_days >= segments.from_day_index
    where days.age_days >= 0
),

written_off as (
    select
        usage_date,
        asset_id,
        min(site_id) as site_id,
        min(unimpaired_usd) as unimpaired_usd,
        min(cost_of_capital_frac_per_year) as cost_of_capital_frac_per_year,
        min(insurance_frac_per_year) as insurance_frac_per_year,
        bool_and(is_live) as is_live,
        sum({{ from_units(to_units("segment_usd") ~ " * days_before // segment_days") }}) as written_off_before_usd,
        sum({{ from_units(to_units("segment_usd") ~ " * days_through // segment_days") }}) as written_off_through_usd
    from progress
    group by usage_date, asset_id
)

select
    usage_date,
    asset_id,
    site_id,
    is_live,
    cost_of_capital_frac_per_year,
    insurance_frac_per_year,
    unimpaired_usd - written_off_before_usd as book_value_usd,
    case when is_live then written_off_through_usd - written_off_before_usd else 0 end as depreciation_usd
from written_off
