select
    usage_date,
    site_id,
    asset_id,
    'cost_of_capital' as component,
    {{ scaled("book_value_usd", "cost_of_capital_frac_per_year", 365) }} as cost_usd
from {{ ref("int_owned_book_value_daily") }}
where is_live
