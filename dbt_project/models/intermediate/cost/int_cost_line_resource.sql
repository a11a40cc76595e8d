-- Resources that rules for workloads name, with those rules. Lines are kept apart by these and not by resource: a bill
-- has more resources than anything else. What is literal needs no look at the lines.
with

rules as (
    select match_pattern, is_literal, standing_index
    from {{ ref("stg_workload_rule") }}
    where match_field = 'resource_id'
),

patterns as (
    select match_pattern, standing_index
    from rules
    where not is_literal
),

-- No pattern, no look at the lines: a join with nothing ends before it begins.
any_pattern as (
    select match_pattern
    from patterns
    order by match_pattern
    limit 1
),

resources as (
    select distinct lines.resource_id
    from {{ ref("stg_cost_line") }} as lines
    cross join any_pattern
    where lines.resource_id is not null and {{ in_window("lines.charge_period_start") }}
),

matched as (
    select match_pattern as resource_id, standing_index
    from rules
    where is_literal

    union all

    select resources.resource_id, patterns.standing_index
    from resources
    inner join patterns
        on regexp_full_match(resources.resource_id, patterns.match_pattern)
)

select
    resource_id,
    list(standing_index order by standing_index) as resource_rules
from matched
group by resource_id
