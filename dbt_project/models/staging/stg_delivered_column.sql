select * from {{ source("meta", "delivered_column") }}
