select
    contract_id,
    counterparty,
    jurisdiction,
    commitment_discount_id,
    gpu_model,
    cast(gpus as integer) as gpus,
    start_date,
    end_date,
    committed_price_usd_per_gpu_hour,
    upfront_usd,
    take_or_pay_frac,
    termination_fee_usd,
    terminated_date,
    fulfillment_interval,
    usage_location
from {{ ref("stg_lease_contract") }}
order by contract_id
