{{ config(meta={"window_column": "charge_date"}) }}

select * from {{ source("meta", "cost_known_daily") }}
