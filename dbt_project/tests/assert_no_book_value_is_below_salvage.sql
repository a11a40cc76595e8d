-- A returned row is an asset written down below the value expected at its end: its impairment needs a new_salvage_usd.
select
    books.asset_id,
    min(books.usage_date) as first_usage_date,
    min(books.book_value_usd) as book_value_usd
from {{ ref("int_owned_book_value_daily") }} as books
inner join {{ ref("stg_asset") }} as assets
    on books.asset_id = assets.asset_id
left join {{ ref("int_asset_impairment") }} as impairments
    on
        books.asset_id = impairments.asset_id
        and books.usage_date >= impairments.impairment_date
        and books.usage_date < coalesce(impairments.next_impairment_date, date '9999-12-31')
where
    books.book_value_usd < 0
    or (
        assets.depreciation_method <> 'macrs_5'
        and books.book_value_usd < coalesce(impairments.salvage_usd, assets.salvage_usd)
    )
group by books.asset_id
