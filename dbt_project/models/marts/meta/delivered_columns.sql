select
    source,
    column_name,
    is_read,
    cast(deliveries_count as bigint) as deliveries_count,
    is_in_newest,
    is_new
from {{ ref("int_delivered_columns") }}
order by source, column_name
