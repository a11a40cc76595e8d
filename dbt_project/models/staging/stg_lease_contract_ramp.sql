select
    contract_id,
    from_date,
    gpus
from {{ source("raw", "lease_contract_ramp") }}
