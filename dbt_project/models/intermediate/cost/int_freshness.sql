-- How old the newest data of each source is on the day the run speaks for. The ledger says how far each delivery
-- reaches: no line and no sample is read.
select
    kind,
    source,
    max(newest_at) as data_until,
    date '{{ var("as_of") }}' as as_of_date,
    date_diff('hour', max(newest_at), cast(date '{{ var("as_of") }}' as timestamp)) / 24.0e0 as age_days
from {{ ref("stg_delivery") }}
where
    status = 'current'
    and table_name in ('raw.cost_line', 'raw.gpu_sample', 'raw.price_point')
    and newest_at is not null
group by kind, source
