-- Cost that no line gives to a workload, split by the driver that the register declares for it, else by GPU time held.
-- Where a driver finds nobody that day (no tagged line, no energy seen) GPU time stands in; where nobody held any,
-- the cost is nobody's. `shared_driver` is what it was split by, not what was asked for.
with

lines as (
    select
        charge_date as usage_date,
        service_provider_name as location,
        service_category,
        service_name,
        charge_category,
        sum(effective_cost_usd) as amount
    from {{ ref("int_leased_cost") }}
    where cost_role = 'shared' and workload is null and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name, service_category, service_name, charge_category
),

ruled as (
    select
        lines.*,
        coalesce(rules.driver, 'gpu_hours') as driver,
        rules.workload as named_workload
    from lines
    left join {{ ref("stg_shared_cost_driver") }} as rules
        on
            lines.usage_date >= rules.valid_from_date
            and lines.usage_date < rules.valid_to_date
            and (rules.provider_pattern is null or regexp_full_match(lines.location, rules.provider_pattern))
            and (
                rules.service_category_pattern is null
                or regexp_full_match(lines.service_category, rules.service_category_pattern)
            )
            and (rules.service_pattern is null or regexp_full_match(lines.service_name, rules.service_pattern))
            and (
                rules.charge_category_pattern is null
                or regexp_full_match(lines.charge_category, rules.charge_category_pattern)
            )
    qualify row_number() over (
        partition by
            lines.usage_date, lines.location, lines.service_category, lines.service_name, lines.charge_category
        order by rules.priority_index asc nulls last, rules.rule_id asc
    ) = 1
),

-- Who each driver finds, with weights in whole units: milliseconds, millionths of a USD, milliwatt-hours.
holders as (
    select usage_date, location, gpu_model, workload, min(workload_kind) as workload_kind, sum(held_ms) as weight
    from {{ ref("int_pool_time_daily") }}
    where sourcing = 'leased' and cost_class = 'direct'
    group by usage_date, location, gpu_model, workload
),

weights as (
    select 'gpu_hours' as driver, '' as service_name, * from holders

    union all

    -- Each workload once, in the pool it held most of.
    select
        'equal', '', usage_date, location, gpu_model, workload, workload_kind, 1
    from holders
    qualify row_number() over (partition by usage_date, location, workload order by weight desc, gpu_model asc) = 1

    union all

    select
        'direct_cost', '', usage_date, location, gpu_model, workload, min(workload_kind),
        cast(round(sum(cost_usd) * 1000000) as bigint)
    from {{ ref("int_pool_cost_daily") }}
    where sourcing = 'leased' and cost_class = 'direct'
    group by usage_date, location, gpu_model, workload
    having round(sum(cost_usd) * 1000000) > 0

    union all

    select
        'energy', '', cast(hour_at as date), location, gpu_model, workload, min(workload_kind),
        cast(round(sum(gpu_energy_kwh) * 1000000) as bigint)
    from {{ ref("int_gpu_usage_hourly") }}
    where
        sourcing = 'leased'
        and workload <> '__unallocated__'
        and {{ in_window("hour_at") }}
    group by cast(hour_at as date), location, gpu_model, workload
    having round(sum(gpu_energy_kwh) * 1000000) > 0

    union all

    select
        'tagged_cost', coalesce(service_name, ''), charge_date, service_provider_name, coalesce(gpu_model, 'none'),
        workload, min(workload_kind), cast(round(sum(effective_cost_usd) * 1000000) as bigint)
    from {{ ref("int_leased_cost") }}
    where cost_role = 'shared' and workload is not null and {{ in_window("charge_date") }}
    group by charge_date, service_provider_name, coalesce(gpu_model, 'none'), workload, coalesce(service_name, '')
    having round(sum(effective_cost_usd) * 1000000) > 0
),

found as (
    select distinct usage_date, location, driver, service_name from weights
),

applied as (
    select
        ruled.usage_date,
        ruled.location,
        case
            when ruled.driver = 'workload' then 'workload'
            when asked.driver is not null then ruled.driver
            when fallback.driver is not null then 'gpu_hours'
            else 'none'
        end as shared_driver,
        coalesce(asked.service_name, '') as service_name,
        coalesce(ruled.named_workload, '') as named_workload,
        sum(ruled.amount) as amount
    from ruled
    left join found as asked
        on
            ruled.usage_date = asked.usage_date
            and ruled.location = asked.location
            and ruled.driver = asked.driver
            and case when ruled.driver = 'tagged_cost' then coalesce(ruled.service_name, '') else '' end
            = asked.service_name
    left join found as fallback
        on
            ruled.usage_date = fallback.usage_date
            and ruled.location = fallback.location
            and fallback.driver = 'gpu_hours'
    group by 1, 2, 3, 4, 5
),

parts as (
    select
        applied.usage_date,
        applied.location,
        applied.shared_driver,
        applied.service_name,
        applied.named_workload,
        coalesce(weights.gpu_model, 'none') as gpu_model,
        coalesce(weights.workload, nullif(applied.named_workload, ''), '__shared__') as workload,
        coalesce(weights.workload_kind, kinds.workload_kind, 'other') as workload_kind,
        applied.amount,
        cast(coalesce(weights.weight, 1) as bigint) as weight,
        cast(
            sum(coalesce(weights.weight, 1)) over (
                partition by
                    applied.usage_date,
                    applied.location,
                    applied.shared_driver,
                    applied.service_name,
                    applied.named_workload
            ) as bigint
        ) as total_weight
    from applied
    left join weights
        on
            applied.usage_date = weights.usage_date
            and applied.location = weights.location
            and applied.shared_driver = weights.driver
            and applied.service_name = weights.service_name
    left join (
        select workload, min(workload_kind) as workload_kind
        from {{ ref("stg_workload_rule") }}
        group by workload
    ) as kinds
        on applied.named_workload = kinds.workload
),

shares as (
    {{ largest_remainder(
        "parts",
        "usage_date, location, gpu_model, workload, workload_kind, shared_driver",
        "usage_date, location, shared_driver, service_name, named_workload",
        "gpu_model, workload"
    ) }}
)

select
    usage_date,
    location,
    gpu_model,
    workload,
    shared_driver,
    min(workload_kind) as workload_kind,
    sum(share) as cost_usd
from shares
group by usage_date, location, gpu_model, workload, shared_driver
