{{ config(materialized="view", meta={"window_column": "charge_date"}) }}

-- Leased cost: what bills say, and of contracts what no bill covers yet. A contract's day is on a bill from the
-- moment that one of its counterparty (or with its commitment) spans the day; then the bill alone speaks.
with

unbilled as (
    select
        *,
        -- Time that is paid for: what was used; what is committed where use is unknown.
        case when usage_basis = 'unknown' then committed_gpu_hours else used_gpu_hours - beyond_gpu_hours end
            as paid_gpu_hours
    from {{ ref("int_lease_contract_daily") }}
    where bill_basis = 'none'
),

accruals as (
    select
        usage_date,
        counterparty,
        contract_id,
        gpu_model,
        'Used' as commitment_discount_status,
        'gpu' as cost_role,
        accrued_cost_usd - idle_cost_usd as cost_usd,
        paid_gpu_hours as gpu_hours
    from unbilled
    where accrued_cost_usd - idle_cost_usd <> 0 or paid_gpu_hours > 0

    union all

    select
        usage_date,
        counterparty,
        contract_id,
        gpu_model,
        'Unused' as commitment_discount_status,
        'idle' as cost_role,
        idle_cost_usd as cost_usd,
        null as gpu_hours
    from unbilled
    where idle_cost_usd <> 0
)

select * from {{ ref("int_bill_daily") }}

union all by name

select
    'lease_contract' as source,
    counterparty as service_provider_name,
    counterparty as invoice_issuer_name,
    cast(date_trunc('month', usage_date) as timestamp) as billing_period_start,
    cast(date_trunc('month', usage_date) + interval 1 month as timestamp) as billing_period_end,
    usage_date as charge_date,
    'Usage' as charge_category,
    'Compute' as service_category,
    'Contract ' || contract_id as service_name,
    'Committed' as pricing_category,
    contract_id as commitment_discount_id,
    commitment_discount_status,
    'USD' as billing_currency,
    cast(cost_usd as decimal(38, 18)) as effective_cost,
    'none' as fx_basis,
    cast(cost_usd as decimal(38, 18)) as effective_cost_usd,
    gpu_model,
    cast(gpu_hours as decimal(38, 18)) as gpu_hours,
    gpu_hours is not null as tells_hours,
    cost_role,
    1 as line_rows
from accruals
