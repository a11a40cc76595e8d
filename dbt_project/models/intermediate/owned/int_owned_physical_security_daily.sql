select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    'physical_security' as component,
    {{ scaled("physical_security_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
from {{ ref("int_owned_site_terms_daily") }}
where physical_security_usd_per_month > 0
