-- Gain (negative) or loss against book value, on the day the asset leaves.
select
    days.usage_date,
    days.site_id,
    days.asset_id,
    'disposal' as component,
    coalesce(book.book_value_usd, days.purchase_price_usd - days.impaired_usd)
    - coalesce(days.sale_proceeds_usd, 0) as cost_usd
from {{ ref("int_owned_asset_daily") }} as days
left join {{ ref("int_owned_book_value_daily") }} as book
    on days.usage_date = book.usage_date and days.asset_id = book.asset_id
where days.usage_date = days.retired_date
