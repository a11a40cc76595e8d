-- Cost lines of a day that say the same of all that later models ask for, added up: the one look at every line. What
-- they say stays as delivered (GPUs, workloads and rules come after, on fewer rows), with two exceptions: of tags only
-- those that rules read, of resources only which rules name them.
--
-- The provider's own rate comes first, since it is what was paid at; then the reference rate of the charge's day.
-- Without either the USD amounts stay null and a test stops the run: an unknown rate is not a rate of one. Amounts are
-- converted by the line, as each is cut at the last place.
{%- set alike = [
    "charge_date", "source", "service_provider_name", "invoice_issuer_name", "billing_account_id", "sub_account_id",
    "billing_period_start", "billing_period_end", "invoice_id", "charge_category", "charge_class", "service_category",
    "service_name", "sku_meter", "instance_type", "pricing_category", "commitment_discount_id",
    "commitment_discount_status", "capacity_reservation_status", "billing_currency", "hours_kind", "has_hours",
    "resource_rules",
] %}
{%- set tag_keys = keys_in(ref("int_tag_key")) %}
{%- set tags = [] %}
{%- for key in tag_keys %}
{%- set added = tags.append("tag_" ~ loop.index) %}
{%- endfor %}
with

lines as not materialized (
    select
        lines.*,
        resources.resource_rules,
        {%- for key in tag_keys %}
        {{ tag_value("lines.tags", "'" ~ key | replace("'", "''") ~ "'") }} as {{ tags[loop.index0] }},
        {%- endfor %}
        -- Hours of GPUs themselves, or of machines whose GPUs a catalogue tells.
        case
            when {{ tells_hours("lines") }}
                then case when lines.consumed_gpu_hours is null then 'machine' else 'gpu' end
        end as hours_kind,
        case
            when {{ tells_hours("lines") }} then coalesce(lines.consumed_gpu_hours, lines.consumed_quantity)
        end as hours,
        coalesce(
            {{ tells_hours("lines") }} and coalesce(lines.consumed_gpu_hours, lines.consumed_quantity) > 0, false
        ) as has_hours
    from {{ ref("stg_cost_line") }} as lines
    left join {{ ref("int_cost_line_resource") }} as resources
        on lines.resource_id = resources.resource_id
    where {{ in_window("lines.charge_period_start") }}
)

select
    {%- for column in alike %}
    {{ column }},
    {%- endfor %}
    cast([{{ tags | join(", ") }}] as varchar[]) as tag_values,
    'none' as fx_basis,
    cast(null as date) as fx_rate_date,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(list_cost) as list_cost,
    sum(contracted_cost) as contracted_cost,
    sum(billed_cost) as billed_cost_usd,
    sum(effective_cost) as effective_cost_usd,
    sum(hours) as hours,
    count(*) as line_rows
from lines
where billing_currency = 'USD'
group by {{ (alike + tags) | join(", ") }}

union all

select
    {%- for column in alike %}
    lines.{{ column }},
    {%- endfor %}
    cast([{{ tags | join(", ") }}] as varchar[]) as tag_values,
    case
        when lines.provider_usd_rate is not null then 'provider'
        when rates.rate_date is not null then 'reference'
    end as fx_basis,
    rates.rate_date as fx_rate_date,
    sum(lines.billed_cost) as billed_cost,
    sum(lines.effective_cost) as effective_cost,
    sum(lines.list_cost) as list_cost,
    sum(lines.contracted_cost) as contracted_cost,
    sum({{ in_usd("lines.billed_cost") }}) as billed_cost_usd,
    sum({{ in_usd("lines.effective_cost") }}) as effective_cost_usd,
    sum(lines.hours) as hours,
    count(*) as line_rows
from lines
left join {{ ref("int_fx_daily") }} as rates
    on
        lines.charge_date = rates.charge_date
        and lines.billing_currency = rates.billing_currency
        and lines.provider_usd_rate is null
where lines.billing_currency <> 'USD'
group by lines.{{ (alike + tags) | join(", lines.") }}, lines.provider_usd_rate is not null, rates.rate_date
