{# The days this run rebuilds: [from_date, to_date). #}
{% macro in_window(column) -%}
    ({{ column }} >= date '{{ var("from_date") }}' and {{ column }} < date '{{ var("to_date") }}')
{%- endmacro %}

{# Incremental strategy: the window's rows go, the new ones come, in dbt's one transaction. Unlike delete+insert by
   key it also removes days that have no rows any more. The model names its day column in `meta.window_column`. #}
{% macro get_incremental_replace_window_sql(arg_dict) %}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ in_window("cast(" ~ config.require("meta")["window_column"] ~ " as date)") }};
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
    order by all;
{% endmacro %}
