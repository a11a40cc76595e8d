-- The workload that cost lines name by themselves: the first rule that matches their tags (as tag rules make them),
-- resource, account or service on their day. Lines that no rule matches have no row here.
--
-- Rules are tried once per value and not per line: a literal by equality, a pattern where it can match at all.
with

sets as (
    select distinct charge_date, tag_values, resource_rules, sub_account_id, service_name
    from {{ ref("int_cost_line_daily") }}
),

rules as (
    select * from {{ ref("stg_workload_rule") }}
),

tag_fields as (
    select distinct match_field, substr(match_field, 5) as tag_key
    from rules
    where match_field like 'tag:%'
),

tagged as (
    select
        tags.charge_date,
        tags.tag_values,
        tags.sub_account_id,
        tag_fields.match_field,
        {{ tag_value("tags.normalised_tags", "tag_fields.tag_key") }} as match_value
    from {{ ref("int_cost_line_tag") }} as tags
    cross join tag_fields
),

given as (
    select match_field, match_value from tagged
    union
    select 'sub_account_id' as match_field, sub_account_id as match_value from sets
    union
    select 'service_name' as match_field, service_name as match_value from sets
),

matched as (
    select given.match_field, given.match_value, rules.standing_index
    from given
    inner join rules
        on given.match_field = rules.match_field and given.match_value = rules.match_pattern
    where rules.is_literal

    union all

    select given.match_field, given.match_value, rules.standing_index
    from given
    inner join rules
        on given.match_field = rules.match_field and regexp_full_match(given.match_value, rules.match_pattern)
    where not rules.is_literal
),

-- Every rule that speaks of a set, by whichever of its fields.
spoken as (
    select sets.*, matched.standing_index
    from sets
    inner join matched
        on matched.match_field = 'sub_account_id' and sets.sub_account_id = matched.match_value

    union all

    select sets.*, matched.standing_index
    from sets
    inner join matched
        on matched.match_field = 'service_name' and sets.service_name = matched.match_value

    union all

    select sets.*, matched.standing_index
    from sets
    inner join tagged
        on
            sets.charge_date = tagged.charge_date
            and sets.tag_values = tagged.tag_values
            and sets.sub_account_id is not distinct from tagged.sub_account_id
    inner join matched
        on tagged.match_field = matched.match_field and tagged.match_value = matched.match_value

    union all

    select *, unnest(resource_rules) as standing_index
    from sets
),

first_rules as (
    select
        spoken.charge_date,
        spoken.tag_values,
        spoken.resource_rules,
        spoken.sub_account_id,
        spoken.service_name,
        min(spoken.standing_index) as standing_index
    from spoken
    inner join rules
        on
            spoken.standing_index = rules.standing_index
            and spoken.charge_date >= rules.valid_from_date
            and spoken.charge_date < rules.valid_to_date
    group by
        spoken.charge_date, spoken.tag_values, spoken.resource_rules, spoken.sub_account_id, spoken.service_name
)

select
    first_rules.charge_date,
    first_rules.tag_values,
    first_rules.resource_rules,
    first_rules.sub_account_id,
    first_rules.service_name,
    rules.workload,
    rules.workload_kind
from first_rules
inner join rules
    on first_rules.standing_index = rules.standing_index
