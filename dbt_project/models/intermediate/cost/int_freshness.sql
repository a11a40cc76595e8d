-- How old the newest data of each source is on the day the run speaks for.
with

billing as (
    select source, 'billing' as kind, max(charge_period_end) as data_until
    from {{ ref("stg_cost_line") }}
    where charge_category = 'Usage'
    group by source
),

telemetry as (
    select delivery.source, 'telemetry' as kind, max(sample.sampled_at) as data_until
    from {{ ref("stg_gpu_sample") }} as sample
    inner join {{ ref("stg_delivery") }} as delivery
        on sample.delivery_id = delivery.delivery_id
    group by delivery.source
),

prices as (
    select delivery.source, 'prices' as kind, max(point.observed_at) as data_until
    from {{ ref("stg_price_point") }} as point
    inner join {{ ref("stg_delivery") }} as delivery
        on point.delivery_id = delivery.delivery_id
    group by delivery.source
),

together as (
    select * from billing
    union all
    select * from telemetry
    union all
    select * from prices
)

select
    kind,
    source,
    data_until,
    date '{{ var("as_of") }}' as as_of_date,
    date_diff('hour', data_until, cast(date '{{ var("as_of") }}' as timestamp)) / 24.0e0 as age_days
from together
