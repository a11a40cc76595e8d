-- Two scrapers of one server say the same; of a series, metric and time one sample speaks. Logs share a minute where
-- they are turned over, or kept by server: what says the same of it is the log once more, what does not adds up.
{%- set series = "engine, service, model_name, instance, namespace, labels_json" %}
with

samples as (
    select *
    from {{ source("raw", "serving_sample") }}
    where bucket_upper_seconds is null and value is not null
),

counted as (
    select *
    from samples
    where value_kind <> 'amount'
    qualify row_number() over (
        partition by {{ series }}, metric, sampled_at, value_kind
        order by delivery_id, source_part, source_row
    ) = 1
),

minutes as (
    select
        *,
        max(case when metric = 'requests_count' then value end) over log_minute as requests_count,
        max(case when metric = 'input_tokens_count' then value end) over log_minute as input_tokens_count,
        max(case when metric = 'output_tokens_count' then value end) over log_minute as output_tokens_count
    from samples
    where value_kind = 'amount'
    window log_minute as (partition by delivery_id, source_part, {{ series }}, sampled_at)
),

told_once as (
    select *
    from minutes
    qualify row_number() over (
        partition by
            {{ series }}, metric, sampled_at, requests_count, input_tokens_count, output_tokens_count
        order by delivery_id, source_part, source_row
    ) = 1
)

select sampled_at, value_kind, {{ series }}, metric, value
from counted

union all

select sampled_at, value_kind, {{ series }}, metric, sum(value) as value
from told_once
group by sampled_at, value_kind, {{ series }}, metric
