-- Who a labelled GPU works for. A label that names a run of which a scheduler's record tells goes where it goes: by
-- other words, or by the rules of another day, one run would have two holders. For other labels the first rule (lowest
-- priority number) speaks that holds on the day and matches. A label that no rule knows names its own workload, so that
-- it is seen and can be given a rule. A label has a row for itself, and further ones for nodes that make it another's.
with

seen as (
    select distinct
        days.usage_date,
        series.node,
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

labels as (
    select usage_date, cast(null as varchar) as node, namespace, pod, job_id
    from seen
    union
    select usage_date, node, namespace, pod, job_id
    from seen
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
        string_split(nodes, ',') as node_names,
        started_at,
        cast(started_at as date) as first_date,
        cast(coalesce(ended_at, known_until_at) as date) as last_date
    from {{ ref("stg_job_record") }}
),

named as (
    select
        names.*,
        records.run_id,
        records.cluster,
        records.started_at,
        list_contains(records.node_names, names.node) as is_there,
        min(records.cluster) over name <> max(records.cluster) over name as is_of_several
    from names
    inner join records
        on
            names.job_kind = records.job_kind
            and names.job_name = records.job_name
            and names.usage_date >= records.first_date
            and names.usage_date <= records.last_date
    window name as (
        partition by names.usage_date, names.node, names.namespace, names.pod, names.job_id, names.job_kind
    )
),

-- A label has no cluster: of a name that two clusters used on one day the run on the label's node is meant, and where
-- that does not tell them apart, none. Of several runs the last is meant.
jobs as (
    select usage_date, node, namespace, pod, job_id, job_kind, max_by(run_id, (started_at, run_id)) as run_id
    from named
    where is_there or not is_of_several
    group by usage_date, node, namespace, pod, job_id, job_kind
    having count(distinct cluster) = 1
),

-- A Slurm job in a pod is who the pod works for.
runs as (
    select usage_date, node, namespace, pod, job_id, max_by(run_id, job_kind = 'slurm') as run_id
    from jobs
    group by usage_date, node, namespace, pod, job_id
),

told as (
    select labels.*, runs.run_id
    from labels
    left join runs
        on
            labels.usage_date = runs.usage_date
            and labels.node is not distinct from runs.node
            and labels.namespace is not distinct from runs.namespace
            and labels.pod is not distinct from runs.pod
            and labels.job_id is not distinct from runs.job_id
    qualify
        labels.node is null
        or runs.run_id is distinct from max(case when labels.node is null then runs.run_id end) over (
            partition by labels.usage_date, labels.namespace, labels.pod, labels.job_id
        )
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
    where labels.node is null
    qualify row_number() over (
        partition by labels.usage_date, labels.namespace, labels.pod, labels.job_id
        order by rules.priority_index, rules.rule_id
    ) = 1
)

select
    told.usage_date,
    told.node,
    told.namespace,
    told.pod,
    told.job_id,
    coalesce(
        recorded.workload,
        matches.workload,
        'namespace:' || told.namespace,
        'pod:' || told.pod,
        'job:' || told.job_id
    ) as workload,
    coalesce(recorded.workload_kind, matches.workload_kind, 'other') as workload_kind
from told
left join {{ ref("int_job_workload") }} as recorded
    on told.run_id = recorded.run_id
left join matches
    on
        told.usage_date = matches.usage_date
        and told.namespace is not distinct from matches.namespace
        and told.pod is not distinct from matches.pod
        and told.job_id is not distinct from matches.job_id
