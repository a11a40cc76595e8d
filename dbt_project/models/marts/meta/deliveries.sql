select
    delivery_id,
    scope,
    kind,
    source,
    table_name,
    provider_version,
    received_at,
    period_start,
    period_end,
    delivered_rows,
    kept_rows,
    rejected_rows,
    left_out_rows,
    billed_cost,
    effective_cost,
    provider_billed_cost,
    status,
    replaced_by,
    known_to_at
from {{ ref("stg_delivery") }}
order by kind, source, scope, received_at, delivery_id
