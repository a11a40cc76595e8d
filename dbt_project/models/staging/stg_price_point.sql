select
    delivery_id,
    source_part,
    source_row,
    observed_at,
    cast(observed_at as date) as observed_date,
    provider,
    region_id,
    gpu_model_name,
    instance_type,
    gpus,
    pricing_model,
    price_basis,
    statistic,
    offers_count,
    list_currency,
    price_usd_per_gpu_hour
from {{ source("raw", "price_point") }}
