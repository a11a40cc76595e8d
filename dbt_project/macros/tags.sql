{# What DuckDB alone writes this way about tags, which are a MAP of text. #}

{# The value of a key; null where there is none. #}
{% macro tag_value(tags, key) -%}
    {{ tags }}[{{ key }}]
{%- endmacro %}

{# Those tags whose keys are in a list. #}
{% macro tags_of_keys(tags, keys) -%}
    map_from_entries(list_filter(map_entries({{ tags }}), lambda entry: list_contains({{ keys }}, entry.key)))
{%- endmacro %}

{# Aggregate: one MAP of the rows that have a value, in order of their keys; null where none has. #}
{% macro tags_from_rows(key, value) -%}
    map_from_entries(
        list(struct_pack(key := {{ key }}, value := {{ value }}) order by {{ key }})
        filter (where {{ value }} is not null)
    )
{%- endmacro %}

{# Tags with others laid over them: of a key that both have, the latter's value. #}
{% macro tags_overlaid(tags, others) -%}
    case when {{ others }} is null then {{ tags }} else map_concat({{ tags }}, {{ others }}) end
{%- endmacro %}

{# A value rewritten where the pattern matches the whole of it; null where it does not, or where nothing is left. #}
{% macro rewritten(value, pattern, replacement) -%}
    case
        when regexp_full_match({{ value }}, {{ pattern }})
            then nullif(regexp_replace({{ value }}, '\A(?:' || {{ pattern }} || ')\z', {{ replacement }}), '')
    end
{%- endmacro %}
