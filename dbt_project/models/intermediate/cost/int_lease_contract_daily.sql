-- Lease contracts accrued by the day. A settlement period costs price × max(use, hours owed); through each day of it
-- that is price × (use + what is short so far), so that the days add up to the settlement. Later use makes good an
-- earlier shortfall, a negative one on its day; a day is negative itself where a bill takes back use beyond what is
-- owed. A day of unknown use counts as used to what is owed.
with

steps as (
    select
        contract_id,
        from_date,
        lead(from_date, 1, date '9999-12-31') over (partition by contract_id order by from_date) as to_date,
        gpus
    from {{ ref("stg_lease_contract_ramp") }}
),

days as (
    select
        contracts.*,
        used.usage_date,
        used.bill_basis,
        used.usage_basis,
        used.billed_cost_usd,
        used.effective_cost_usd,
        coalesce(used.usage_date = contracts.terminated_date, false) as is_termination,
        date_diff('day', contracts.start_date, used.usage_date) as day_index,
        date_diff('day', contracts.start_date, contracts.end_date) as term_days,
        case contracts.fulfillment_interval
            when 'Monthly' then date_sub('month', contracts.start_date, used.usage_date)
            when 'Quarterly' then date_sub('month', contracts.start_date, used.usage_date) // 3
            when 'Annual' then date_sub('month', contracts.start_date, used.usage_date) // 12
            else 0
        end as settlement_index,
        coalesce(steps.gpus, contracts.gpus) as committed_gpus,
        used.used_gpu_hours
    from {{ ref("stg_lease_contract") }} as contracts
    inner join {{ ref("int_lease_contract_use_daily") }} as used
        on contracts.contract_id = used.contract_id
    left join steps
        on
            contracts.contract_id = steps.contract_id
            and used.usage_date >= steps.from_date
            and used.usage_date < steps.to_date
),

hours as (
    select
        *,
        case when is_termination then 0 else committed_gpus * 24 end as committed_gpu_hours,
        cast(
            case when is_termination then 0 else committed_gpus * 24 * cast(take_or_pay_frac as decimal(10, 9)) end
            as decimal(28, 9)
        ) as owed_gpu_hours
    from days
),

counted as (
    select
        *,
        cast(
            case
                when is_termination then 0
                when used_gpu_hours is null then owed_gpu_hours
                else least(used_gpu_hours, committed_gpu_hours)
            end as decimal(28, 9)
        ) as counted_gpu_hours
    from hours
),

short as (
    select
        *,
        greatest(
            0,
            sum(owed_gpu_hours - counted_gpu_hours) over (
                partition by contract_id, settlement_index order by usage_date
            )
        ) as short_through_gpu_hours
    from counted
),

settled as (
    select
        *,
        cast(
            short_through_gpu_hours
            - lag(short_through_gpu_hours, 1, 0) over (
                partition by contract_id, settlement_index order by usage_date
            ) as decimal(28, 9)
        ) as shortfall_gpu_hours
    from short
),

priced as (
    select
        *,
        {{ scaled("committed_price_usd_per_gpu_hour", "counted_gpu_hours") }} as used_cost_usd,
        {{ scaled("committed_price_usd_per_gpu_hour", "shortfall_gpu_hours") }} as shortfall_cost_usd,
        -- By the days of the term; what a termination leaves is lost on its day.
        {{ from_units(
            "(" ~ to_units("upfront_usd")
            ~ " * case when is_termination then term_days else day_index + 1 end // term_days"
            ~ " - " ~ to_units("upfront_usd") ~ " * day_index // term_days)"
        ) }} as prepayment_usd,
        case when is_termination then termination_fee_usd else 0 end as termination_usd
    from settled
),

accrued as (
    select
        *,
        used_cost_usd + shortfall_cost_usd + prepayment_usd + termination_usd as accrued_cost_usd,
        -- Nobody's use: what is short, the part of the prepayment beyond the use, and what leaving cost.
        case
            when is_termination then prepayment_usd + termination_usd
            when committed_gpu_hours = 0 then shortfall_cost_usd + prepayment_usd
            when used_gpu_hours is null then 0
            else
                shortfall_cost_usd
                + prepayment_usd
                -- What the commitment goes into whole apart from the rest: a million dollars a day times the hours of
                -- tens of thousands of GPUs is beyond 128 bits.
                - {{ from_units(
                    to_units("prepayment_usd") ~ " // committed_gpu_hours * " ~ billionths("counted_gpu_hours")
                    ~ " // 1000000000 + "
                    ~ to_units("prepayment_usd") ~ " % committed_gpu_hours * " ~ billionths("counted_gpu_hours")
                    ~ " // (cast(1000000000 as hugeint) * committed_gpu_hours)"
                ) }}
        end as idle_cost_usd
    from priced
)

select
    contract_id,
    usage_date,
    counterparty,
    gpu_model,
    settlement_index,
    usage_basis,
    bill_basis,
    committed_gpu_hours,
    owed_gpu_hours,
    case when not is_termination then used_gpu_hours end as used_gpu_hours,
    case when usage_basis <> 'unknown' then shortfall_gpu_hours end as shortfall_gpu_hours,
    case
        when not is_termination and used_gpu_hours is not null then greatest(0, used_gpu_hours - committed_gpu_hours)
    end as beyond_gpu_hours,
    used_cost_usd,
    case when usage_basis <> 'unknown' then shortfall_cost_usd end as shortfall_cost_usd,
    prepayment_usd,
    termination_usd,
    accrued_cost_usd,
    idle_cost_usd,
    case when bill_basis = 'commitment' then coalesce(billed_cost_usd, 0) end as billed_cost_usd,
    case when bill_basis = 'commitment' then coalesce(effective_cost_usd, 0) end as effective_cost_usd,
    case when bill_basis = 'commitment' then accrued_cost_usd - coalesce(effective_cost_usd, 0) end
        as accrual_difference_usd
from accrued
