select
    contract_id,
    usage_date,
    counterparty,
    gpu_model,
    cast(settlement_index as bigint) as settlement_index,
    usage_basis,
    bill_basis,
    cast(committed_gpu_hours as decimal(38, 18)) as committed_gpu_hours,
    cast(owed_gpu_hours as decimal(38, 18)) as owed_gpu_hours,
    cast(used_gpu_hours as decimal(38, 18)) as used_gpu_hours,
    cast(shortfall_gpu_hours as decimal(38, 18)) as shortfall_gpu_hours,
    cast(beyond_gpu_hours as decimal(38, 18)) as beyond_gpu_hours,
    cast(used_cost_usd as decimal(38, 18)) as used_cost_usd,
    cast(shortfall_cost_usd as decimal(38, 18)) as shortfall_cost_usd,
    cast(prepayment_usd as decimal(38, 18)) as prepayment_usd,
    cast(termination_usd as decimal(38, 18)) as termination_usd,
    cast(accrued_cost_usd as decimal(38, 18)) as accrued_cost_usd,
    cast(idle_cost_usd as decimal(38, 18)) as idle_cost_usd,
    cast(billed_cost_usd as decimal(38, 18)) as billed_cost_usd,
    cast(effective_cost_usd as decimal(38, 18)) as effective_cost_usd,
    cast(accrual_difference_usd as decimal(38, 18)) as accrual_difference_usd
from {{ ref("int_lease_contract_daily") }}
order by contract_id, usage_date
