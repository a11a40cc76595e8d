-- The workload a cost line names by itself: the first rule that matches its tags (as tag rules make them), resource,
-- account or service on its day. Lines that no rule matches have no row here.
with

attributes as (
    select distinct charge_date, tags, resource_id, sub_account_id, service_name
    from {{ ref("stg_cost_line") }}
    where {{ in_window("charge_date") }}
)

select
    attributes.charge_date,
    attributes.tags,
    attributes.resource_id,
    attributes.sub_account_id,
    attributes.service_name,
    rules.workload,
    rules.workload_kind
from attributes
inner join {{ ref("int_cost_line_tag") }} as normalised
    on
        attributes.charge_date = normalised.charge_date
        and attributes.tags = normalised.tags
        and attributes.sub_account_id is not distinct from normalised.sub_account_id
inner join {{ ref("stg_workload_rule") }} as rules
    on
        attributes.charge_date >= rules.valid_from_date
        and attributes.charge_date < rules.valid_to_date
        and regexp_full_match(
            case
                when rules.match_field = 'resource_id' then attributes.resource_id
                when rules.match_field = 'sub_account_id' then attributes.sub_account_id
                when rules.match_field = 'service_name' then attributes.service_name
                when rules.match_field like 'tag:%'
                    then {{ tag_value("normalised.normalised_tags", "substr(rules.match_field, 5)") }}
            end,
            rules.match_pattern
        )
qualify row_number() over (
    partition by
        attributes.charge_date,
        attributes.tags,
        attributes.resource_id,
        attributes.sub_account_id,
        attributes.service_name
    order by rules.priority_index, rules.rule_id
) = 1
