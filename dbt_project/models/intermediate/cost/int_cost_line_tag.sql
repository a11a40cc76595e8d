-- Tags as delivered and what the rules make of them, once per set of the tags that rules read. Rules read tags as
-- delivered, never each other's values. Of the rules of a key that hold on the day, the first that gives a value wins;
-- rename and regex speak over the line's own tag of that key, fallback and account_default only where there is none.
-- No key goes: what a rule reads stays as it was.
with

keys as (
    select coalesce(list(tag_key order by key_index), []) as read_keys
    from {{ ref("int_tag_key") }}
),

sets as (
    select distinct charge_date, tag_values, sub_account_id
    from {{ ref("int_cost_line_daily") }}
),

situations as (
    select
        sets.charge_date,
        sets.tag_values,
        sets.sub_account_id,
        {{ tags_of_values("keys.read_keys", "sets.tag_values") }} as read_tags
    from sets
    cross join keys
),

rules as (
    select
        *,
        row_number() over (order by priority_index, rule_id) as standing_index
    from {{ ref("stg_tag_rule") }}
),

offered as (
    select
        situations.charge_date,
        situations.tag_values,
        situations.sub_account_id,
        rules.tag_key,
        rules.standing_index,
        case
            when rules.rule_kind = 'rename' then {{ tag_value("situations.read_tags", "rules.source_key") }}
            when rules.rule_kind = 'regex'
                then {{ rewritten(
                    tag_value("situations.read_tags", "rules.source_key"), "rules.match_pattern", "rules.replacement"
                ) }}
            when {{ tag_value("situations.read_tags", "rules.tag_key") }} is not null then null
            when rules.rule_kind = 'fallback' then {{ tag_value("situations.read_tags", "rules.source_key") }}
            when rules.sub_account_id is null or rules.sub_account_id = situations.sub_account_id
                then rules.default_value
        end as tag_value
    from situations
    inner join rules
        on
            situations.charge_date >= rules.valid_from_date
            and situations.charge_date < rules.valid_to_date
),

given as (
    select
        charge_date,
        tag_values,
        sub_account_id,
        tag_key,
        min_by(tag_value, standing_index) filter (where tag_value is not null) as tag_value
    from offered
    group by charge_date, tag_values, sub_account_id, tag_key
),

together as (
    select
        charge_date,
        tag_values,
        sub_account_id,
        {{ tags_from_rows("tag_key", "tag_value") }} as given_tags
    from given
    group by charge_date, tag_values, sub_account_id
)

select
    situations.charge_date,
    situations.tag_values,
    situations.sub_account_id,
    situations.read_tags,
    {{ tags_overlaid("situations.read_tags", "together.given_tags") }} as normalised_tags
from situations
left join together
    on
        situations.charge_date = together.charge_date
        and situations.tag_values = together.tag_values
        and situations.sub_account_id is not distinct from together.sub_account_id
