-- The workload of each run of a job: the first rule that holds on the day it started (or was submitted) and matches
-- what its record says. A run that no rule knows goes under the name of its namespace, else of its account.
with

runs as (
    select
        run_id,
        namespace,
        pod,
        job_id,
        job_name,
        user_name,
        account,
        partition,
        cast(coalesce(started_at, submitted_at, known_until_at) as date) as first_date
    from {{ ref("stg_job_record") }}
),

attributes as (
    {% for field in ["namespace", "pod", "job_id", "job_name", "user_name", "account", "partition"] %}
    select distinct
        '{{ field }}' as match_field,
        {{ field }} as value
    from runs
    where {{ field }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

matches as (
    select
        attributes.match_field,
        attributes.value,
        rules.rule_id,
        rules.priority_index,
        rules.workload,
        rules.workload_kind,
        rules.valid_from_date,
        rules.valid_to_date
    from attributes
    inner join {{ ref("stg_workload_rule") }} as rules
        on
            attributes.match_field = rules.match_field
            and regexp_full_match(attributes.value, rules.match_pattern)
),

named as (
    select
        runs.run_id,
        matches.workload,
        matches.workload_kind
    from runs
    inner join matches
        on
            matches.value = case matches.match_field
                when 'namespace' then runs.namespace
                when 'pod' then runs.pod
                when 'job_id' then runs.job_id
                when 'job_name' then runs.job_name
                when 'user_name' then runs.user_name
                when 'account' then runs.account
                when 'partition' then runs.partition
            end
            and runs.first_date >= matches.valid_from_date
            and runs.first_date < matches.valid_to_date
    qualify row_number() over (
        partition by runs.run_id order by matches.priority_index, matches.rule_id
    ) = 1
)

select
    runs.run_id,
    coalesce(
        named.workload,
        'namespace:' || runs.namespace,
        'account:' || runs.account,
        'job:' || runs.job_id
    ) as workload,
    coalesce(named.workload_kind, 'other') as workload_kind
from runs
left join named
    on runs.run_id = named.run_id
