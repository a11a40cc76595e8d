{{ config(materialized="view") }}

-- Requests and tokens by hour. A counter's rise between two samples belongs to the hour of the later one; where it
-- falls the server has started anew, and what it has counted since is the rise; where it falls by less than a tenth
-- within the time of a sample, two scrapers' clocks differ, and taken off it adds up. The first sample only begins a
-- series.
with

risen as (
    select
        sampled_at,
        engine,
        service,
        model_name,
        namespace,
        metric,
        value,
        lag(value) over series as value_before,
        epoch(sampled_at) - epoch(lag(sampled_at) over series) as seconds_since_last
    from {{ ref("stg_serving_sample") }}
    where value_kind = 'counter'
    window series as (
        partition by engine, service, model_name, instance, labels_json, metric order by sampled_at
    )
),

amounts as (
    select
        sampled_at,
        engine,
        service,
        model_name,
        namespace,
        metric,
        case
            when value >= value_before then value - value_before
            when value > 0.9e0 * value_before and seconds_since_last <= {{ var("max_sample_seconds") }}
                then value - value_before
            else value
        end as amount
    from risen
    where value_before is not null
    union all
    select sampled_at, engine, service, model_name, namespace, metric, value as amount
    from {{ ref("stg_serving_sample") }}
    where value_kind = 'amount'
),

hourly as (
    select
        -- A sample on the hour speaks for the time before it.
        date_trunc('hour', sampled_at - interval 1 microsecond) as hour_at,
        engine,
        service,
        model_name,
        namespace,
        {{ total("case when metric = 'requests_count' then amount end") }} as requests_count,
        {{ total("case when metric = 'input_tokens_count' then amount end") }} as input_tokens_count,
        {{ total("case when metric = 'output_tokens_count' then amount end") }} as output_tokens_count,
        {{ total("case when metric = 'time_to_first_token_seconds_sum' then amount end") }} as first_token_seconds,
        {{ total("case when metric = 'time_to_first_token_seconds_count' then amount end") }} as first_tokens_count
    from amounts
    group by date_trunc('hour', sampled_at - interval 1 microsecond), engine, service, model_name, namespace
)

select
    hour_at,
    engine,
    service,
    model_name,
    namespace,
    requests_count,
    input_tokens_count,
    output_tokens_count,
    cast(first_token_seconds as double) / nullif(cast(first_tokens_count as double), 0) as time_to_first_token_seconds
from hourly
