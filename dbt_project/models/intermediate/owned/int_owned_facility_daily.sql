select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    'facility' as component,
    {{ scaled("facility_opex_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
from {{ ref("int_owned_site_terms_daily") }}
where facility_opex_usd_per_month > 0
