select
    contract_id,
    counterparty,
    jurisdiction,
    commitment_discount_id,
    gpu_model,
    gpus,
    start_date,
    end_date,
    committed_price_usd_per_gpu_hour,
    upfront_usd,
    take_or_pay_frac,
    termination_fee_usd,
    terminated_date,
    coalesce(fulfillment_interval, 'Monthly') as fulfillment_interval,
    usage_location
from {{ source("raw", "lease_contract") }}
