-- A returned row is an asset in service at a site without terms on that day: its site cost would be missing.
select days.asset_id, days.site_id, min(days.usage_date) as first_usage_date
from {{ ref("int_owned_asset_daily") }} as days
left join {{ ref("int_owned_site_terms_daily") }} as terms
    on days.usage_date = terms.usage_date and days.site_id = terms.site_id
where days.is_live and terms.site_id is null
group by days.asset_id, days.site_id
