{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

-- All owned components under one another, in the one shape. A new component is a new model and one line here.
with

components as (
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_depreciation_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_cost_of_capital_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_implementation_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_power_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_colocation_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_demand_charge_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_maintenance_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_software_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_insurance_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_disposal_daily") }}
    union all
    select usage_date, site_id, asset_id, component, cost_usd from {{ ref("int_owned_site_services_daily") }}
)

select
    usage_date,
    site_id,
    asset_id,
    component,
    cast(cost_usd as decimal(38, 18)) as cost_usd
from components
where {{ in_window("usage_date") }}
