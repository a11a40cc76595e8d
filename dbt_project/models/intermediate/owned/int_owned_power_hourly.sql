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
    tariffs.energy_usd_per_kwh,
    {{ scaled("tariffs.energy_usd_per_kwh", "energy.facility_energy_kwh") }} as cost_usd
from {{ ref("int_owned_energy_hourly") }} as energy
left join {{ ref("stg_tariff") }} as tariffs
    on
        energy.site_id = tariffs.site_id
        and energy.usage_date >= tariffs.valid_from_date
        and energy.usage_date < coalesce(tariffs.valid_to_date, date '9999-12-31')
        and extract('hour' from energy.hour_at) >= tariffs.hour_from_index
        and extract('hour' from energy.hour_at) < tariffs.hour_to_index
