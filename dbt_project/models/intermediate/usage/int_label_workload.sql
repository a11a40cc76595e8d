-- Who a labelled GPU works for: the first rule (lowest priority number) that holds on the day and matches one label.
-- A label that no rule knows names its own workload, so that it is seen and can be given a rule.
with

labels as (
    select distinct
        cast(sampled_at as date) as usage_date,
        namespace,
        pod,
        job_id
    from {{ ref("stg_gpu_sample") }}
    where
        coalesce(namespace, pod, job_id) is not null
        and sampled_at >= date '{{ var("from_date") }}' - interval 1 day
        and sampled_at < cast('{{ var("to_date") }}' as timestamp) + interval 1 day
),

matches as (
    select
        labels.*,
        rules.workload,
        rules.workload_kind,
        row_number() over (
            partition by labels.usage_date, labels.namespace, labels.pod, labels.job_id
            order by rules.priority_index, rules.rule_id
        ) as match_index
    from labels
    inner join {{ ref("stg_workload_rule") }} as rules
        on
            labels.usage_date >= rules.valid_from_date
            and labels.usage_date < rules.valid_to_date
            and regexp_full_match(
                case rules.match_field
                    when 'namespace' then labels.namespace
                    when 'pod' then labels.pod
                    when 'job_id' then labels.job_id
                end,
                rules.match_pattern
            )
)

select
    labels.usage_date,
    labels.namespace,
    labels.pod,
    labels.job_id,
    coalesce(
        matches.workload,
        case
            when labels.namespace is not null then 'namespace:' || labels.namespace
            when labels.pod is not null then 'pod:' || labels.pod
            else 'job:' || labels.job_id
        end
    ) as workload,
    coalesce(matches.workload_kind, 'other') as workload_kind
from labels
left join matches
    on
        labels.usage_date = matches.usage_date
        and labels.namespace is not distinct from matches.namespace
        and labels.pod is not distinct from matches.pod
        and labels.job_id is not distinct from matches.job_id
        and matches.match_index = 1
