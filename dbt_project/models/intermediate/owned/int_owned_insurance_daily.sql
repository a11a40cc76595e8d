select
    usage_date,
    site_id,
    asset_id,
    'insurance' as component,
    {{ scaled("book_value_usd", "insurance_frac_per_year", 365) }} as cost_usd
from {{ ref("int_owned_book_value_daily") }}
where is_live and insurance_frac_per_year > 0
