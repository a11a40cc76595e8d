select
    site_id,
    site_name,
    operator,
    jurisdiction,
    valid_from_date,
    valid_to_date,
    pue_ratio,
    cast(energy_usd_per_kwh as decimal(38, 18)) as energy_usd_per_kwh,
    colocation_usd_per_kw_month,
    demand_charge_usd_per_kw_month,
    network_usd_per_month,
    physical_security_usd_per_month,
    compliance_usd_per_year,
    facility_opex_usd_per_month,
    staff_usd_per_fte_year,
    staff_minimum_fte,
    staff_gpus_per_fte,
    grid_gco2e_per_kwh
from {{ ref("int_site_terms") }}
order by site_id, valid_from_date
