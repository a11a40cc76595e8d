{{ config(materialized="view") }}

-- Each commitment over the time that is known of it. Over the whole term what is effective equals what was billed: the
-- rest in between is paid ahead (positive) or owed (negative).
with

lines as (
    select
        source,
        service_provider_name,
        billing_account_id,
        commitment_discount_id,
        billing_currency,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(effective_cost) filter (
            where charge_category = 'Usage' and commitment_discount_status = 'Used'
        ) as used_effective_cost,
        sum(effective_cost) filter (where commitment_discount_status = 'Unused') as unused_effective_cost
    from {{ ref("int_bill_daily") }}
    where commitment_discount_id is not null
    group by source, service_provider_name, billing_account_id, commitment_discount_id, billing_currency
)

select
    lines.*,
    lines.billed_cost - lines.effective_cost as unamortised_billed_cost,
    coalesce(lines.unused_effective_cost, 0) / nullif(
        coalesce(lines.used_effective_cost, 0) + coalesce(lines.unused_effective_cost, 0), 0
    ) as unused_frac,
    stated.contract_id,
    stated.contract_commitment_payment_model,
    stated.contract_commitment_lifecycle_status,
    stated.period_start_date,
    stated.period_end_date,
    stated.contract_commitment_cost
from lines
left join {{ ref("stg_contract_commitment") }} as stated
    on lines.commitment_discount_id = stated.contract_commitment_id
