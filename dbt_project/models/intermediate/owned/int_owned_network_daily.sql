select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    'network' as component,
    {{ scaled("network_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
from {{ ref("int_owned_site_terms_daily") }}
where network_usd_per_month > 0
