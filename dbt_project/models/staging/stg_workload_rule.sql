select
    rule_id,
    priority_index,
    workload,
    workload_kind,
    match_field,
    match_pattern,
    coalesce(valid_from_date, date '0001-01-01') as valid_from_date,
    coalesce(valid_to_date, date '9999-12-31') as valid_to_date
from {{ source("raw", "workload_rule") }}
