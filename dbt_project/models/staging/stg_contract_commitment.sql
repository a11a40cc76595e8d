-- A commitment may be in several exports; the one last changed speaks.
select
    contract_id,
    contract_commitment_id,
    service_provider_name,
    contract_commitment_category,
    contract_commitment_payment_model,
    contract_commitment_lifecycle_status,
    cast(contract_commitment_period_start as date) as period_start_date,
    cast(contract_commitment_period_end as date) as period_end_date,
    contract_commitment_quantity,
    contract_commitment_unit,
    contract_commitment_cost,
    billing_currency
from {{ source("raw", "contract_commitment") }}
qualify row_number() over (
    partition by contract_commitment_id
    order by contract_commitment_last_updated_at desc nulls last, delivery_id asc, source_part asc, source_row asc
) = 1
