select
    rule_id,
    priority_index,
    coalesce(valid_from_date, date '0001-01-01') as valid_from_date,
    coalesce(valid_to_date, date '9999-12-31') as valid_to_date,
    provider_pattern,
    service_category_pattern,
    service_pattern,
    charge_category_pattern,
    driver,
    workload
from {{ source("raw", "shared_cost_driver") }}
