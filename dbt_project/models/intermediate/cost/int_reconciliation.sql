{{ config(materialized="view") }}

-- Per bill: what the files held, what the models hold, and what is between them. Rows delivered are those kept,
-- rejected and left out; the difference between kept and modelled must be nothing.
with

bills as (
    select
        source,
        billing_account_id,
        billing_period_date,
        billing_currency,
        sum(kept_rows) as kept_rows,
        sum(modelled_rows) as modelled_rows,
        sum(delivered_billed_cost) as delivered_billed_cost,
        sum(modelled_billed_cost) as modelled_billed_cost,
        sum(unexplained_billed_cost) as unexplained_billed_cost,
        sum(delivered_effective_cost) as delivered_effective_cost,
        sum(modelled_effective_cost) as modelled_effective_cost,
        sum(unexplained_effective_cost) as unexplained_effective_cost,
        bool_or(is_unexplained) as is_unexplained
    from {{ ref("int_reconciliation_service") }}
    group by source, billing_account_id, billing_period_date, billing_currency
),

-- A bill has come as far as the part of it that has come least far.
statuses as (
    select
        source,
        billing_account_id,
        billing_period_date,
        billing_currency,
        min(
            case cost_status
                when 'estimated' then 1
                when 'provisional' then 2
                when 'invoiced' then 3
                when 'reconciled' then 4
            end
        ) as least
    from {{ ref("int_bill_status") }}
    group by source, billing_account_id, billing_period_date, billing_currency
)

select
    bills.source,
    bills.source || '|' || bills.billing_account_id || '|' || cast(bills.billing_period_date as varchar) as scope,
    bills.billing_account_id,
    bills.billing_period_date,
    bills.billing_currency,
    totals.delivery_id,
    totals.deliveries_count,
    bills.kept_rows + coalesce(rejected.rejected_rows, 0) + totals.left_out_rows as delivered_rows,
    bills.kept_rows,
    coalesce(rejected.rejected_rows, 0) as rejected_rows,
    totals.left_out_rows,
    bills.modelled_rows,
    totals.provider_billed_cost,
    totals.difference_billed_cost as provider_difference_billed_cost,
    case
        when totals.provider_billed_cost is null then null
        when totals.is_equal then 'none'
        when totals.difference_billed_cost = rejected.rejected_billed_cost then 'rejected rows'
        else 'unexplained'
    end as provider_difference_explanation,
    totals.is_equal as is_equal_to_provider,
    rejected.rejected_billed_cost,
    bills.delivered_billed_cost,
    bills.modelled_billed_cost,
    bills.unexplained_billed_cost,
    bills.delivered_effective_cost,
    bills.modelled_effective_cost,
    bills.unexplained_effective_cost,
    case
        when bills.is_unexplained then 'unexplained'
        else ['estimated', 'provisional', 'invoiced', 'reconciled'][statuses.least]
    end as status
from bills
left join {{ ref("int_provider_total") }} as totals
    on
        bills.source = totals.source
        and bills.billing_account_id = totals.billing_account_id
        and bills.billing_period_date = totals.billing_period_date
        and bills.billing_currency = totals.billing_currency
left join {{ ref("int_rejected_cost") }} as rejected
    on
        bills.source = rejected.source
        and bills.billing_account_id = rejected.billing_account_id
        and bills.billing_period_date = rejected.billing_period_date
        and bills.billing_currency = rejected.billing_currency
left join statuses
    on
        bills.source = statuses.source
        and bills.billing_account_id = statuses.billing_account_id
        and bills.billing_period_date = statuses.billing_period_date
        and bills.billing_currency = statuses.billing_currency
