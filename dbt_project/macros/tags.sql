{# What DuckDB alone writes this way about tags, which are a MAP of text. #}

{# The value of a key; null where there is none. #}
{% macro tag_value(tags, key) -%}
    {{ tags }}[{{ key }}]
{%- endmacro %}

{# The keys that the registers' rules name, read when a model is about to run: a column a key is a fifth quicker to group
   lines by than one list of all. #}
{% macro keys_in(relation) -%}
    {%- if execute -%}
        {{ return(run_query("select tag_key from " ~ relation ~ " order by key_index").columns[0].values()) }}
    {%- else -%}
        {{ return([]) }}
    {%- endif -%}
{%- endmacro %}

{# Tags of keys and of their values in the same order; a key without a value is none. #}
{% macro tags_of_values(keys, tag_values) -%}
    map_from_entries(list_filter(list_zip({{ keys }}, {{ tag_values }}), lambda entry: entry[2] is not null))
{%- endmacro %}

{# The pattern stands for itself: no character of it means anything but itself, so that to match is to be equal. #}
{% macro is_literal(pattern) -%}
    not regexp_matches({{ pattern }}, '[\\^$.|?*+()\[\]{}]')
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
