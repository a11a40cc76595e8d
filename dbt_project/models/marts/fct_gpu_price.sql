select
    observed_at,
    gpu_model,
    gpu_model_name,
    provider,
    region_id,
    instance_type,
    gpus,
    pricing_model,
    price_basis,
    statistic,
    offers_count,
    price_usd_per_gpu_hour,
    delivery_id,
    source_part,
    source_row
from {{ ref("int_gpu_price") }}
order by
    observed_at, gpu_model_name, provider, region_id, instance_type, pricing_model, statistic,
    delivery_id, source_part, source_row
