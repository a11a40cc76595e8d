select * from {{ source("meta", "cost_known_daily") }}
