select
    asset_id,
    asset_class,
    site_id,
    node,
    gpu_model,
    cast(gpus as integer) as gpus,
    purchase_price_usd,
    salvage_usd,
    ordered_date,
    go_live_date,
    cast(life_months as integer) as life_months,
    depreciation_method,
    cost_of_capital_frac_per_year,
    idle_kw,
    peak_kw,
    contracted_kw,
    maintenance_frac_per_year,
    software_usd_per_gpu_year,
    insurance_frac_per_year,
    retired_date,
    sale_proceeds_usd
from {{ ref("stg_asset") }}
order by asset_id
