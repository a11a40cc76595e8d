-- A returned row is an asset whose schedule and impairments leave more or less at its end than the salvage value.
-- MACRS writes off the price.
with

scheduled as (
    select asset_id, sum(segment_usd) as scheduled_usd
    from {{ ref("int_depreciation_segment") }}
    group by asset_id
),

last_impairments as (
    select asset_id, salvage_usd, impaired_through_usd
    from {{ ref("int_asset_impairment") }}
    where next_impairment_date is null
)

select
    assets.asset_id,
    assets.purchase_price_usd,
    scheduled.scheduled_usd,
    impairments.impaired_through_usd
from {{ ref("stg_asset") }} as assets
inner join scheduled
    on assets.asset_id = scheduled.asset_id
left join last_impairments as impairments
    on assets.asset_id = impairments.asset_id
where
    scheduled.scheduled_usd + coalesce(impairments.impaired_through_usd, 0)
    <> assets.purchase_price_usd
    - case
        when assets.depreciation_method = 'macrs_5' then 0
        else coalesce(impairments.salvage_usd, assets.salvage_usd)
    end
