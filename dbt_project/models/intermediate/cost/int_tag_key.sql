{{ config(materialized="view") }}

-- The tags that rules read or give. Bills carry many more: tags that name single pods or jobs make millions of sets,
-- those that rules read a few.
with

named as (
    select tag_key
    from {{ ref("stg_tag_rule") }}
    union
    select source_key as tag_key
    from {{ ref("stg_tag_rule") }}
    where source_key is not null
    union
    select substr(match_field, 5) as tag_key
    from {{ ref("stg_workload_rule") }}
    where match_field like 'tag:%'
)

select
    tag_key,
    row_number() over (order by tag_key) as key_index
from named
