-- Impairments with the salvage value that is expected from each on, and all that was written down until then.
select
    events.asset_id,
    events.impairment_date,
    events.impairment_usd,
    coalesce(
        last_value(events.new_salvage_usd ignore nulls) over (
            partition by events.asset_id order by events.impairment_date
        ),
        assets.salvage_usd
    ) as salvage_usd,
    sum(events.impairment_usd) over (partition by events.asset_id order by events.impairment_date)
        as impaired_through_usd,
    lead(events.impairment_date) over (partition by events.asset_id order by events.impairment_date)
        as next_impairment_date
from {{ ref("stg_asset_impairment") }} as events
inner join {{ ref("stg_asset") }} as assets
    on events.asset_id = assets.asset_id
