-- Lead time has a price: money spent at the order costs capital until the asset works.
select
    usage_date,
    site_id,
    asset_id,
    'implementation' as component,
    {{ scaled("purchase_price_usd - impaired_usd", "cost_of_capital_frac_per_year", 365) }} as cost_usd
from {{ ref("int_owned_asset_daily") }}
where is_awaited
