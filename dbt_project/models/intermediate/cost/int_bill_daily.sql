{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "charge_date"},
) }}

-- What bills say of a day, in billing currency and USD, with the GPUs behind it and the workload it names. GPU-hours
-- paid are those lines bill themselves, else hours × GPUs of machine usage.
with

named as (
    select
        lines.*,
        coalesce(types.gpu_model, covered.gpu_model) as gpu_model,
        case when lines.hours_kind = 'gpu' then lines.hours else lines.hours * types.gpus end as gpu_hours,
        -- A machine's line of no hours says that there were none. A GPU's is of another part of its machine, and says
        -- nothing of the GPUs.
        coalesce(
            case when lines.hours_kind = 'gpu' then lines.hours <> 0 else lines.hours * types.gpus is not null end,
            false
        ) as tells_hours,
        case
            when lines.commitment_discount_status = 'Unused' or lines.capacity_reservation_status = 'Unused' then 'idle'
            when types.gpu_model is not null and lines.charge_category = 'Usage' then 'gpu'
            else 'shared'
        end as cost_role,
        workloads.workload,
        workloads.workload_kind
    from {{ ref("int_cost_line_daily") }} as lines
    left join {{ ref("stg_instance_type") }} as types
        on
            lines.service_provider_name = types.service_provider_name
            and lines.instance_type = types.instance_type
    left join {{ ref("int_commitment_gpu") }} as covered
        on
            lines.service_provider_name = covered.service_provider_name
            and lines.commitment_discount_id = covered.commitment_discount_id
    left join {{ ref("int_cost_line_workload") }} as workloads
        on
            lines.charge_date = workloads.charge_date
            and lines.tag_values = workloads.tag_values
            and lines.resource_rules is not distinct from workloads.resource_rules
            and lines.sub_account_id is not distinct from workloads.sub_account_id
            and lines.service_name is not distinct from workloads.service_name
)

select
    charge_date,
    source,
    service_provider_name,
    invoice_issuer_name,
    billing_account_id,
    sub_account_id,
    billing_period_start,
    billing_period_end,
    invoice_id,
    charge_category,
    charge_class,
    service_category,
    service_name,
    sku_meter,
    instance_type,
    pricing_category,
    commitment_discount_id,
    commitment_discount_status,
    billing_currency,
    fx_basis,
    fx_rate_date,
    gpu_model,
    cost_role,
    workload,
    workload_kind,
    -- Hours taken back stand apart from hours given, as what a provider ran that day goes by the latter.
    coalesce(gpu_hours > 0, false) as has_gpu_hours,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(list_cost) as list_cost,
    sum(contracted_cost) as contracted_cost,
    sum(billed_cost_usd) as billed_cost_usd,
    sum(effective_cost_usd) as effective_cost_usd,
    sum(gpu_hours) as gpu_hours,
    bool_or(tells_hours) as tells_hours,
    cast(sum(line_rows) as bigint) as line_rows
from named
group by {{ range(1, 27) | join(", ") }}
