select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    'staff' as component,
    {{ scaled("staff_usd_per_fte_year", "staff_fte", 365) }} as cost_usd
from {{ ref("int_owned_site_terms_daily") }}
where staff_usd_per_fte_year > 0 and staff_fte > 0
