-- Leased cost by the value of each tag that rules name, as delivered and as the rules make it. Every line counts once
-- under every key, under no value where it has none, so that each key adds up to the whole cost.
with

costs as (
    select
        charge_date,
        source,
        billing_account_id,
        sub_account_id,
        tag_values,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(line_rows) as line_rows
    from {{ ref("int_cost_line_daily") }}
    group by charge_date, source, billing_account_id, sub_account_id, tag_values, billing_currency
),

by_key as (
    select
        costs.*,
        keys.tag_key,
        {{ tag_value("normalised.read_tags", "keys.tag_key") }} as raw_tag_value,
        {{ tag_value("normalised.normalised_tags", "keys.tag_key") }} as normalised_tag_value
    from costs
    inner join {{ ref("int_cost_line_tag") }} as normalised
        on
            costs.charge_date = normalised.charge_date
            and costs.tag_values = normalised.tag_values
            and costs.sub_account_id is not distinct from normalised.sub_account_id
    cross join {{ ref("int_tag_key") }} as keys
)

select
    charge_date,
    'leased' as sourcing,
    source,
    billing_account_id,
    sub_account_id,
    tag_key,
    raw_tag_value,
    normalised_tag_value,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(line_rows) as line_rows
from by_key
group by
    charge_date, source, billing_account_id, sub_account_id, tag_key, raw_tag_value, normalised_tag_value,
    billing_currency
