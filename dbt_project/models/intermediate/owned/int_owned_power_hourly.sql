-- What the energy of owned assets cost: kWh at the facility's meter at the tariff of the hour.
select
    energy.usage_date,
    energy.hour_at,
    energy.site_id,
    energy.asset_id,
    energy.gpu_energy_kwh,
    energy.wall_energy_kwh,
    energy.facility_energy_kwh,
    energy.energy_basis,
    prices.energy_usd_per_kwh,
    {{ scaled("prices.energy_usd_per_kwh", "energy.facility_energy_kwh") }} as cost_usd
from {{ ref("int_owned_energy_hourly") }} as energy
left join {{ ref("int_energy_price_hourly") }} as prices
    on energy.site_id = prices.site_id and energy.hour_at = prices.hour_at
