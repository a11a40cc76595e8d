select
    rule_id,
    priority_index,
    coalesce(valid_from_date, date '0001-01-01') as valid_from_date,
    coalesce(valid_to_date, date '9999-12-31') as valid_to_date,
    tag_key,
    rule_kind,
    source_key,
    match_pattern,
    replacement,
    sub_account_id,
    default_value
from {{ source("raw", "tag_rule") }}
