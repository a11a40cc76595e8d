-- Who a labelled GPU works for: the first rule (lowest priority number) that holds on the day and matches one label, or
-- what the scheduler's record says of the job that the label names. The day is then the one the run began, as for its
-- record: a rule that changes meanwhile would give one run two holders. A label that no rule knows names its own
-- workload, so that it is seen and can be given a rule.
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

-- A label has no cluster: an id that two clusters used on one day tells nothing.
jobs as (
    select
        labels.usage_date,
        labels.job_id,
        max(records.job_name) as job_name,
        max(records.user_name) as user_name,
        max(records.account) as account,
        max(records.partition) as partition,
        max(cast(records.started_at as date)) as began_date
    from (
        select distinct
            usage_date,
            job_id
        from labels
        where job_id is not null
    ) as labels
    inner join {{ ref("stg_job_record") }} as records
        on
            labels.job_id = records.job_id
            and records.job_kind = 'slurm'
            and cast(records.started_at as date) <= labels.usage_date
            and cast(coalesce(records.ended_at, records.known_until_at) as date) >= labels.usage_date
    group by labels.usage_date, labels.job_id
    having count(distinct coalesce(records.cluster, '')) = 1
),

known as (
    select
        labels.*,
        jobs.job_name,
        jobs.user_name,
        jobs.account,
        jobs.partition,
        coalesce(jobs.began_date, labels.usage_date) as rules_date
    from labels
    left join jobs
        on labels.usage_date = jobs.usage_date and labels.job_id = jobs.job_id
),

matches as (
    select
        known.*,
        rules.workload,
        rules.workload_kind,
        row_number() over (
            partition by known.usage_date, known.namespace, known.pod, known.job_id
            order by rules.priority_index, rules.rule_id
        ) as match_index
    from known
    inner join {{ ref("stg_workload_rule") }} as rules
        on
            known.rules_date >= rules.valid_from_date
            and known.rules_date < rules.valid_to_date
            and regexp_full_match(
                case rules.match_field
                    when 'namespace' then known.namespace
                    when 'pod' then known.pod
                    when 'job_id' then known.job_id
                    when 'job_name' then known.job_name
                    when 'user_name' then known.user_name
                    when 'account' then known.account
                    when 'partition' then known.partition
                end,
                rules.match_pattern
            )
)

select
    known.usage_date,
    known.namespace,
    known.pod,
    known.job_id,
    coalesce(
        matches.workload,
        'namespace:' || known.namespace,
        'pod:' || known.pod,
        'account:' || known.account,
        'job:' || known.job_id
    ) as workload,
    coalesce(matches.workload_kind, 'other') as workload_kind
from known
left join matches
    on
        known.usage_date = matches.usage_date
        and known.namespace is not distinct from matches.namespace
        and known.pod is not distinct from matches.pod
        and known.job_id is not distinct from matches.job_id
        and matches.match_index = 1
