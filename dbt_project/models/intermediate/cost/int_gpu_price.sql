{{ config(materialized="view") }}

-- Market prices with the model of the reference; a name that no pattern knows keeps a null model.
select
    prices.delivery_id,
    prices.source_part,
    prices.source_row,
    prices.observed_at,
    names.gpu_model,
    prices.gpu_model_name,
    prices.provider,
    prices.region_id,
    prices.instance_type,
    prices.gpus,
    prices.pricing_model,
    prices.price_basis,
    prices.statistic,
    prices.offers_count,
    prices.price_usd_per_gpu_hour
from {{ ref("stg_price_point") }} as prices
left join {{ ref("int_gpu_model_name") }} as names
    on prices.gpu_model_name = names.gpu_model_name
