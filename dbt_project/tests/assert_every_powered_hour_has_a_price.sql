-- A returned row is an hour of an owned asset that no tariff prices.
select asset_id, min(hour_at) as first_hour_at, count(*) as unpriced_rows
from {{ ref("int_owned_power_hourly") }}
where {{ in_window("usage_date") }} and energy_usd_per_kwh is null
group by asset_id
