-- What is known of the use of contracts: by bills, whose lines carry a contract's commitment; else by telemetry of the
-- place that the register names. Whether a day is on a bill at all goes by whole billing periods, as their fees do.
with

contracts as (
    select
        *,
        min(counterparty) over (partition by commitment_discount_id)
        <> max(counterparty) over (partition by commitment_discount_id) as is_id_of_several
    from {{ ref("stg_lease_contract") }}
),

-- Two lessors may call two commitments the same: whose a line is then tells its provider or its issuer.
lines as (
    select
        bills.*,
        contracts.contract_id
    from {{ ref("int_bill_daily") }} as bills
    left join contracts
        on
            bills.commitment_discount_id = contracts.commitment_discount_id
            and (
                not contracts.is_id_of_several
                or contracts.counterparty in (bills.service_provider_name, bills.invoice_issuer_name)
            )
),

billed as (
    select
        contract_id,
        charge_date as usage_date,
        sum(gpu_hours) as billed_gpu_hours,
        -- No line of use says that there was none; lines that tell no hours leave them unknown.
        bool_or(cost_role = 'gpu') and not bool_or(tells_hours) as hides_use,
        sum(billed_cost_usd) as billed_cost_usd,
        sum(effective_cost_usd) as effective_cost_usd
    from lines
    where contract_id is not null
    group by contract_id, charge_date
),

periods as (
    select distinct
        service_provider_name,
        invoice_issuer_name,
        contract_id,
        cast(billing_period_start as date) as from_date,
        cast(billing_period_end as date) as to_date
    from lines
),

covered as (
    select
        contracts.contract_id,
        periods.from_date,
        periods.to_date,
        bool_or(coalesce(periods.contract_id = contracts.contract_id, false)) as names_commitment
    from periods
    inner join contracts
        on
            periods.contract_id = contracts.contract_id
            or periods.service_provider_name = contracts.counterparty
            or periods.invoice_issuer_name = contracts.counterparty
    group by contracts.contract_id, periods.from_date, periods.to_date
),

days as (
    select
        contracts.contract_id,
        contracts.gpu_model,
        contracts.usage_location,
        contracts.terminated_date,
        cast(
            unnest(
                generate_series(
                    contracts.start_date,
                    least(
                        coalesce(contracts.terminated_date, contracts.end_date - 1),
                        date '{{ var("as_of") }}' - 1
                    ),
                    interval 1 day
                )
            ) as date
        ) as usage_date
    from contracts
),

on_bill as (
    select
        days.contract_id,
        days.usage_date,
        bool_or(covered.names_commitment) as names_commitment
    from days
    inner join covered
        on
            days.contract_id = covered.contract_id
            and days.usage_date >= covered.from_date
            and days.usage_date < covered.to_date
    group by days.contract_id, days.usage_date
),

-- Of several contracts for one model at one place, telemetry does not say whose hours it saw: it is unknown for each.
claims as (
    select contract_id, usage_location, gpu_model, usage_date
    from days
    where usage_location is not null and usage_date < coalesce(terminated_date, date '9999-12-31')
    qualify count(*) over (partition by usage_location, gpu_model, usage_date) = 1
),

seen as (
    select
        claims.contract_id,
        claims.usage_date,
        {{ total("usage.gpu_part_ratio * usage.covered_seconds") }} / 3600 as seen_gpu_hours
    from {{ ref("int_gpu_usage_hourly") }} as usage
    inner join claims
        on
            usage.location = claims.usage_location
            and usage.gpu_model = claims.gpu_model
            and cast(usage.hour_at as date) = claims.usage_date
    group by claims.contract_id, claims.usage_date
)

select
    days.contract_id,
    days.usage_date,
    case
        when on_bill.names_commitment then 'commitment'
        when on_bill.contract_id is not null then 'counterparty'
        else 'none'
    end as bill_basis,
    case
        when on_bill.names_commitment and not coalesce(billed.hides_use, false) then 'billing'
        when seen.contract_id is not null then 'telemetry'
        else 'unknown'
    end as usage_basis,
    cast(
        case when usage_basis = 'billing' then coalesce(billed.billed_gpu_hours, 0) else seen.seen_gpu_hours end
        as decimal(28, 9)
    ) as used_gpu_hours,
    billed.billed_cost_usd,
    billed.effective_cost_usd
from days
left join billed
    on days.contract_id = billed.contract_id and days.usage_date = billed.usage_date
left join on_bill
    on days.contract_id = on_bill.contract_id and days.usage_date = on_bill.usage_date
left join seen
    on days.contract_id = seen.contract_id and days.usage_date = seen.usage_date
