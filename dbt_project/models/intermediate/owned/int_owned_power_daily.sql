select
    usage_date,
    site_id,
    asset_id,
    'power' as component,
    sum(cost_usd) as cost_usd
from {{ ref("int_owned_power_hourly") }}
group by usage_date, site_id, asset_id
