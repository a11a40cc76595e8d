select
    usage_date,
    site_id,
    asset_id,
    'depreciation' as component,
    depreciation_usd as cost_usd
from {{ ref("int_owned_book_value_daily") }}
where is_live
