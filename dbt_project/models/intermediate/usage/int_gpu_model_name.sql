-- Names that drivers and price lists give to GPUs, and the model each is. Patterns are tried in the order of the
-- reference file; a name that none matches keeps a null model and so stays visible.
with

names as (
    select gpu_model_name from {{ ref("stg_gpu_name") }}
    union
    select distinct gpu_model_name from {{ ref("stg_price_point") }}
),

patterns as (
    select
        gpu_model,
        pattern_precedence_index,
        unnest(string_split(name_patterns, ';')) as name_pattern
    from {{ ref("stg_gpu_model") }}
),

matches as (
    select
        names.gpu_model_name,
        patterns.gpu_model,
        row_number() over (
            partition by names.gpu_model_name order by patterns.pattern_precedence_index, patterns.gpu_model
        ) as match_index
    from names
    inner join patterns
        on regexp_full_match(names.gpu_model_name, trim(patterns.name_pattern), 'i')
)

select
    names.gpu_model_name,
    matches.gpu_model
from names
left join matches
    on names.gpu_model_name = matches.gpu_model_name and matches.match_index = 1
