{{ config(materialized="view", meta={"window_column": "charge_date"}) }}

-- What the ledger knows of the days this run rebuilds.
select *
from {{ ref("stg_cost_known") }}
where {{ in_window("charge_date") }}
