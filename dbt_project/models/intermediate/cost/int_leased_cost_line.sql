{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "charge_date"},
) }}

-- Every leased line in USD with its GPUs and the workload it names. The provider's own rate comes first, since it is
-- what was paid at; then the reference rate of the charge's day. Without either the USD amounts stay null and a test
-- stops the run: an unknown rate is not a rate of one.
select
    lines.delivery_id,
    lines.source_part,
    lines.source_row,
    lines.source,
    lines.service_provider_name,
    lines.invoice_issuer_name,
    lines.billing_account_id,
    lines.sub_account_id,
    lines.billing_period_start,
    lines.billing_period_end,
    lines.charge_date,
    lines.charge_category,
    lines.charge_class,
    lines.invoice_id,
    lines.service_category,
    lines.service_name,
    lines.sku_meter,
    lines.instance_type,
    lines.region_id,
    lines.resource_id,
    lines.pricing_category,
    lines.commitment_discount_id,
    lines.commitment_discount_status,
    lines.billing_currency,
    lines.billed_cost,
    lines.effective_cost,
    lines.list_cost,
    lines.contracted_cost,
    case
        when lines.billing_currency = 'USD' then 'none'
        when lines.provider_usd_rate is not null then 'provider'
        when rates.rate_date is not null then 'reference'
    end as fx_basis,
    rates.rate_date as fx_rate_date,
    {{ in_usd("lines.billed_cost") }} as billed_cost_usd,
    {{ in_usd("lines.effective_cost") }} as effective_cost_usd,
    lines.gpu_model,
    lines.gpu_hours,
    lines.cost_role,
    workloads.workload,
    workloads.workload_kind
from {{ ref("int_cost_line_gpu") }} as lines
left join {{ ref("int_fx_daily") }} as rates
    on
        lines.charge_date = rates.charge_date
        and lines.billing_currency = rates.billing_currency
        and lines.provider_usd_rate is null
left join {{ ref("int_cost_line_workload") }} as workloads
    on
        lines.charge_date = workloads.charge_date
        and lines.tags = workloads.tags
        and lines.resource_id is not distinct from workloads.resource_id
        and lines.sub_account_id is not distinct from workloads.sub_account_id
        and lines.service_name is not distinct from workloads.service_name
