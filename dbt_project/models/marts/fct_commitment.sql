select
    source,
    service_provider_name,
    billing_account_id,
    commitment_discount_id,
    billing_currency,
    first_charge_date,
    last_charge_date,
    cast(billed_cost as decimal(38, 18)) as billed_cost,
    cast(effective_cost as decimal(38, 18)) as effective_cost,
    cast(used_effective_cost as decimal(38, 18)) as used_effective_cost,
    cast(unused_effective_cost as decimal(38, 18)) as unused_effective_cost,
    cast(unamortised_billed_cost as decimal(38, 18)) as unamortised_billed_cost,
    cast(unused_frac as double) as unused_frac,
    contract_id,
    contract_commitment_payment_model,
    contract_commitment_lifecycle_status,
    period_start_date,
    period_end_date,
    cast(contract_commitment_cost as decimal(38, 18)) as contract_commitment_cost
from {{ ref("int_commitment") }}
order by source, service_provider_name, billing_account_id, commitment_discount_id, billing_currency
