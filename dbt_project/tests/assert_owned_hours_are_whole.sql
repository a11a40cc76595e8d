-- A returned row is an hour of an owned asset whose measured, modelled and assumed seconds miss 3600, or whose fixed
-- and moving energy misses the whole.
select asset_id, hour_at, measured_seconds, gpu_energy_seconds, util_seconds, assumed_seconds
from {{ ref("int_owned_energy_hourly") }}
where
    abs(measured_seconds + gpu_energy_seconds + util_seconds + assumed_seconds - 3600) > 0.001
    or fixed_energy_kwh + seen_energy_kwh + unseen_energy_kwh <> wall_energy_kwh
    or fixed_energy_kwh < 0
    or seen_energy_kwh < 0
    or unseen_energy_kwh < 0
