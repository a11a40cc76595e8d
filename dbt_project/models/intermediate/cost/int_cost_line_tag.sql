-- Tags as delivered and what the rules make of them, once per set of tags and not per line. Rules read tags as
-- delivered, never each other's values. Of the rules of a key that hold on the day, the first that gives a value wins;
-- rename and regex speak over the line's own tag of that key, fallback and account_default only where there is none.
-- No key goes: what a rule reads stays as it was.
--
-- Rules are tried once per set of the tags they read: tags that name single pods or jobs make millions of sets, those
-- that rules read a few.
with

attributes as (
    select distinct charge_date, tags, sub_account_id
    from {{ ref("stg_cost_line") }}
    where {{ in_window("charge_date") }}
),

rules as (
    select
        *,
        row_number() over (order by priority_index, rule_id) as standing_index
    from {{ ref("stg_tag_rule") }}
),

keys as (
    select list(distinct key) as read_keys
    from (
        select tag_key as key
        from rules
        union all
        select source_key as key
        from rules
    ) as named
),

narrowed as (
    select
        attributes.charge_date,
        attributes.tags,
        attributes.sub_account_id,
        {{ tags_of_keys("attributes.tags", "keys.read_keys") }} as read_tags
    from attributes
    cross join keys
),

situations as (
    select distinct charge_date, read_tags, sub_account_id
    from narrowed
),

offered as (
    select
        situations.charge_date,
        situations.read_tags,
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
        read_tags,
        sub_account_id,
        tag_key,
        min_by(tag_value, standing_index) filter (where tag_value is not null) as tag_value
    from offered
    group by charge_date, read_tags, sub_account_id, tag_key
),

together as (
    select
        charge_date,
        read_tags,
        sub_account_id,
        {{ tags_from_rows("tag_key", "tag_value") }} as given_tags
    from given
    group by charge_date, read_tags, sub_account_id
)

select
    narrowed.charge_date,
    narrowed.tags,
    narrowed.sub_account_id,
    {{ tags_overlaid("narrowed.tags", "together.given_tags") }} as normalised_tags
from narrowed
left join together
    on
        narrowed.charge_date = together.charge_date
        and narrowed.read_tags = together.read_tags
        and narrowed.sub_account_id is not distinct from together.sub_account_id
