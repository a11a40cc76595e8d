select
    gpu_uuid,
    asset_id,
    slot_index,
    valid_from_date,
    valid_to_date
from {{ source("raw", "asset_gpu") }}
