select
    hour_at,
    engine,
    service,
    model_name,
    namespace,
    workload,
    workload_kind,
    cast(requests_count as double) as requests_count,
    cast(input_tokens_count as double) as input_tokens_count,
    cast(output_tokens_count as double) as output_tokens_count,
    cast(time_to_first_token_seconds as double) as time_to_first_token_seconds
from {{ ref("int_serving_hourly") }}
order by hour_at, engine, service, model_name, namespace
