select * from {{ source("meta", "rejected_row") }}
