select
    usage_date,
    site_id,
    asset_id,
    'software' as component,
    {{ scaled("software_usd_per_gpu_year", "gpus", 365) }} as cost_usd
from {{ ref("int_owned_asset_daily") }}
where is_live and gpus > 0 and software_usd_per_gpu_year > 0
