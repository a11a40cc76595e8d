select
    asset_id,
    impairment_date,
    impairment_usd,
    new_salvage_usd
from {{ source("raw", "asset_impairment") }}
