select
    rule_id,
    priority_index,
    row_number() over (order by priority_index, rule_id) as standing_index,
    workload,
    workload_kind,
    match_field,
    match_pattern,
    {{ is_literal("match_pattern") }} as is_literal,
    coalesce(valid_from_date, date '0001-01-01') as valid_from_date,
    coalesce(valid_to_date, date '9999-12-31') as valid_to_date
from {{ source("raw", "workload_rule") }}
