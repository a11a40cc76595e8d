select
    hour_at,
    node,
    cast(covered_seconds as double) as covered_seconds,
    cast(wall_power_w as double) as wall_power_w,
    cast(wall_energy_kwh as double) as wall_energy_kwh,
    cast(sample_rows as bigint) as sample_rows
from {{ ref("int_node_power_hourly") }}
order by hour_at, node
