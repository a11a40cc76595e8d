select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    'compliance' as component,
    {{ scaled("compliance_usd_per_year", 1, 365) }} as cost_usd
from {{ ref("int_owned_site_terms_daily") }}
where compliance_usd_per_year > 0
