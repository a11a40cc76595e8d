select * from {{ source("meta", "delivery") }}
