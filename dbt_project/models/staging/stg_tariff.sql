select
    site_id,
    valid_from_date,
    valid_to_date,
    hour_from_index,
    hour_to_index,
    energy_usd_per_kwh,
    market_id
from {{ source("raw", "tariff") }}
