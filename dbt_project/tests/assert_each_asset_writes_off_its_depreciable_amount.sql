-- A returned row is an asset whose schedule writes off more or less than price less salvage (MACRS: the price).
select
    assets.asset_id,
    assets.purchase_price_usd,
    sum(segments.segment_usd) as scheduled_usd
from {{ ref("stg_asset") }} as assets
inner join {{ ref("int_depreciation_segment") }} as segments
    on assets.asset_id = segments.asset_id
group by assets.asset_id, assets.purchase_price_usd, assets.salvage_usd, assets.depreciation_method
having
    sum(segments.segment_usd)
    <> assets.purchase_price_usd
    - case when assets.depreciation_method = 'macrs_5' then 0 else assets.salvage_usd end
