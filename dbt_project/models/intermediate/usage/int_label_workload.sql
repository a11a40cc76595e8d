-- Who a labelled GPU works for. A label that names a run of which a scheduler's record tells goes where it goes: by
-- other words, or by the rules of another day, one run would have two holders. For other labels the first rule (lowest
-- priority number) speaks that holds on the day and matches. A label that no rule knows names its own workload, so that
-- it is seen and can be given a rule.
with

labels as (
    select distinct
        days.usage_date,
        series.namespace,
        series.pod,
        series.job_id
    from (
        select distinct
            series_number,
            {{ day_ended("sampled_at") }} as usage_date
        from {{ ref("stg_gpu_sample") }}
        where {{ around_window("sampled_at") }}
    ) as days
    inner join {{ ref("int_gpu_series") }} as series
        on days.series_number = series.series_number and series.label_index is not null
),

names as (
    select *, 'slurm' as job_kind, job_id as job_name
    from labels
    where job_id is not null
    union all
    select *, 'kubernetes' as job_kind, namespace || '/' || pod as job_name
    from labels
    where namespace is not null and pod is not null
),

records as (
    select
        run_id,
        job_kind,
        case job_kind when 'slurm' then job_id else namespace || '/' || pod end as job_name,
        coalesce(cluster, '') as cluster,
        started_at,
        cast(started_at as date) as first_date,
        cast(coalesce(ended_at, known_until_at) as date) as last_date
    from {{ ref("stg_job_record") }}
),

-- A label has no cluster: a name that two clusters used on one day tells nothing. Of several runs the last is meant.
jobs as (
    select
        names.usage_date,
        names.namespace,
        names.pod,
        names.job_id,
        names.job_kind,
        max_by(records.run_id, (records.started_at, records.run_id)) as run_id
    from names
    inner join records
        on
            names.job_kind = records.job_kind
            and names.job_name = records.job_name
            and names.usage_date >= records.first_date
            and names.usage_date <= records.last_date
    group by names.usage_date, names.namespace, names.pod, names.job_id, names.job_kind
    having count(distinct records.cluster) = 1
),

-- A Slurm job in a pod is who the pod works for.
runs as (
    select usage_date, namespace, pod, job_id, max_by(run_id, job_kind = 'slurm') as run_id
    from jobs
    group by usage_date, namespace, pod, job_id
),

matches as (
    select
        labels.*,
        rules.workload,
        rules.workload_kind
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
    qualify row_number() over (
        partition by labels.usage_date, labels.namespace, labels.pod, labels.job_id
        order by rules.priority_index, rules.rule_id
    ) = 1
)

select
    labels.usage_date,
    labels.namespace,
    labels.pod,
    labels.job_id,
    coalesce(
        recorded.workload,
        matches.workload,
        'namespace:' || labels.namespace,
        'pod:' || labels.pod,
        'job:' || labels.job_id
    ) as workload,
    coalesce(recorded.workload_kind, matches.workload_kind, 'other') as workload_kind
from labels
left join runs
    on
        labels.usage_date = runs.usage_date
        and labels.namespace is not distinct from runs.namespace
        and labels.pod is not distinct from runs.pod
        and labels.job_id is not distinct from runs.job_id
left join {{ ref("int_job_workload") }} as recorded
    on runs.run_id = recorded.run_id
left join matches
    on
        labels.usage_date = matches.usage_date
        and labels.namespace is not distinct from matches.namespace
        and labels.pod is not distinct from matches.pod
        and labels.job_id is not distinct from matches.job_id
