{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- Every model of this folder that names a component; dbt has to be told of each, and a test reads the folder.
with

components as (
    {{ together([
        ref("int_owned_colocation_daily"),
        ref("int_owned_compliance_daily"),
        ref("int_owned_cost_of_capital_daily"),
        ref("int_owned_demand_charge_daily"),
        ref("int_owned_depreciation_daily"),
        ref("int_owned_disposal_daily"),
        ref("int_owned_facility_daily"),
        ref("int_owned_impairment_daily"),
        ref("int_owned_implementation_daily"),
        ref("int_owned_insurance_daily"),
        ref("int_owned_maintenance_daily"),
        ref("int_owned_network_daily"),
        ref("int_owned_physical_security_daily"),
        ref("int_owned_power_daily"),
        ref("int_owned_software_daily"),
        ref("int_owned_staff_daily"),
    ]) }}
)

select
    usage_date,
    site_id,
    asset_id,
    component,
    cast(cost_usd as decimal(38, 18)) as cost_usd
from components
where {{ in_window("usage_date") }}
