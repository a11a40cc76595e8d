select
    days.usage_date,
    days.site_id,
    days.asset_id,
    'colocation' as component,
    {{ scaled("terms.colocation_usd_per_kw_month", "days.contracted_kw", days_in_month("days.usage_date")) }}
        as cost_usd
from {{ ref("int_owned_asset_daily") }} as days
inner join {{ ref("int_owned_site_terms_daily") }} as terms
    on days.usage_date = terms.usage_date and days.site_id = terms.site_id
where days.is_live and days.contracted_kw > 0
