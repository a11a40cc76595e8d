select
    sampled_at,
    node,
    system_power_w
from {{ source("raw", "node_power_sample") }}
where system_power_w is not null
qualify row_number() over (
    partition by node, sampled_at
    order by delivery_id, source_part, source_row
) = 1
