select
    source,
    column_name,
    is_read,
    cast(deliveries as bigint) as deliveries,
    is_in_newest,
    is_new
from {{ ref("int_delivered_columns") }}
order by source, column_name
