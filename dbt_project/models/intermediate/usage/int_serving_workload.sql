-- The workload that requests are of: the first rule that holds on the day and matches namespace, service or model. What
-- no rule knows goes under its namespace, as the GPU time of its pods does; without one nobody is known for it.
with

served as (
    select distinct
        cast(hour_at as date) as usage_date,
        namespace,
        service,
        model_name
    from {{ ref("int_serving_count_hourly") }}
),

named as (
    select
        served.*,
        rules.workload,
        rules.workload_kind
    from served
    left join {{ ref("stg_workload_rule") }} as rules
        on
            served.usage_date >= rules.valid_from_date
            and served.usage_date < rules.valid_to_date
            and regexp_full_match(
                case rules.match_field
                    when 'namespace' then served.namespace
                    when 'service' then served.service
                    when 'model_name' then served.model_name
                end,
                rules.match_pattern
            )
    qualify row_number() over (
        partition by served.usage_date, served.namespace, served.service, served.model_name
        order by rules.priority_index asc nulls last, rules.rule_id asc
    ) = 1
)

select
    usage_date,
    namespace,
    service,
    model_name,
    coalesce(workload, 'namespace:' || namespace, '__unallocated__') as workload,
    coalesce(workload_kind, 'other') as workload_kind
from named
