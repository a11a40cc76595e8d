-- Two scrapers of one server say the same; of a series, metric and time one sample speaks.
select
    sampled_at,
    value_kind,
    engine,
    service,
    model_name,
    instance,
    namespace,
    labels_json,
    metric,
    value
from {{ source("raw", "serving_sample") }}
where bucket_upper_seconds is null and value is not null
qualify row_number() over (
    partition by engine, service, model_name, instance, labels_json, metric, sampled_at, value_kind
    order by delivery_id, source_part, source_row
) = 1
