select
    usage_date,
    site_id,
    asset_id,
    'maintenance' as component,
    {{ scaled("purchase_price_usd", "maintenance_frac_per_year", 365) }} as cost_usd
from {{ ref("int_owned_asset_daily") }}
where
    is_live
    and usage_date >= coalesce(maintenance_from_date, go_live_date)
    and maintenance_frac_per_year > 0
