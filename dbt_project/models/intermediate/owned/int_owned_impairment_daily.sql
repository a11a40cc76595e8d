-- Value lost beyond the schedule, on the day that it is recognised.
select
    days.usage_date,
    days.site_id,
    days.asset_id,
    'impairment' as component,
    events.impairment_usd as cost_usd
from {{ ref("int_owned_asset_daily") }} as days
inner join {{ ref("int_asset_impairment") }} as events
    on days.asset_id = events.asset_id and days.usage_date = events.impairment_date
where (days.is_live or days.is_awaited) and events.impairment_usd > 0
