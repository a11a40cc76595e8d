select
    kind,
    source,
    data_until,
    as_of_date,
    cast(age_days as double) as age_days
from {{ ref("int_freshness") }}
order by kind, source
