-- Leased lines and owned components in one shape, by day.
with

leased as (
    select
        lines.charge_date,
        'leased' as sourcing,
        lines.source,
        lines.service_provider_name as location,
        lines.billing_account_id,
        lines.sub_account_id,
        cast(lines.billing_period_start as date) as billing_period_date,
        lines.invoice_id,
        lines.service_category,
        lines.service_name,
        lines.charge_category,
        lines.charge_class,
        lines.pricing_category,
        lines.commitment_discount_status,
        lines.cost_role,
        lines.gpu_model,
        lines.workload,
        lines.billing_currency,
        lines.fx_basis,
        case when lines.source = 'lease_contract' then 'contract accrual' else statuses.cost_status end as cost_status,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(list_cost) as list_cost,
        sum(contracted_cost) as contracted_cost,
        sum(billed_cost_usd) as billed_cost_usd,
        sum(effective_cost_usd) as effective_cost_usd,
        sum(gpu_hours) as gpu_hours,
        cast(sum(line_rows) as bigint) as line_rows
    from {{ ref("int_leased_cost") }} as lines
    left join {{ ref("int_bill_status") }} as statuses
        on
            lines.source = statuses.source
            and lines.billing_account_id = statuses.billing_account_id
            and cast(lines.billing_period_start as date) = statuses.billing_period_date
            and lines.invoice_id is not distinct from statuses.invoice_id
            and lines.billing_currency = statuses.billing_currency
    where {{ in_window("lines.charge_date") }}
    group by {{ range(1, 21) | join(", ") }}
),

owned as (
    select
        costs.usage_date as charge_date,
        'owned' as sourcing,
        'asset_register' as source,
        costs.site_id as location,
        costs.component as service_name,
        assets.gpu_model,
        sum(costs.cost_usd) as cost_usd,
        count(*) as line_rows
    from {{ ref("int_owned_cost_daily") }} as costs
    left join {{ ref("stg_asset") }} as assets
        on costs.asset_id = assets.asset_id
    where {{ in_window("costs.usage_date") }}
    group by costs.usage_date, costs.site_id, costs.component, assets.gpu_model
)

select * from leased
union all by name
select
    charge_date,
    sourcing,
    source,
    location,
    cast(date_trunc('month', charge_date) as date) as billing_period_date,
    'Owned' as service_category,
    service_name,
    'Usage' as charge_category,
    'owned' as cost_role,
    gpu_model,
    'USD' as billing_currency,
    'none' as fx_basis,
    'accrued' as cost_status,
    -- An owned fleet has no invoice: accrual is all there is, and billed cost stays null rather than zero.
    cost_usd as effective_cost,
    cost_usd as effective_cost_usd,
    line_rows
from owned
