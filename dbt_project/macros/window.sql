{# The days this run rebuilds: [from_date, to_date). Give it a column of dates or of times as it is stored: of a table in
   order of time it then reads the window alone, and not where a time is cast to its day first. #}
{% macro in_window(column) -%}
    ({{ column }} >= date '{{ var("from_date") }}' and {{ column }} < date '{{ var("to_date") }}')
{%- endmacro %}

{# Incremental strategy: the window's rows go, the new ones come, in dbt's one transaction. Unlike delete+insert by
   key it also removes days that have no rows any more. The model names its day column in `meta.window_column`; where
   it gives whole days outside the window as well, it says so by `meta.has_further_days`, and they go too. #}
{% macro get_incremental_replace_window_sql(arg_dict) %}
    {%- set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set meta = config.require("meta") -%}
    delete from {{ arg_dict["target_relation"] }}
    where
        {{ in_window(meta["window_column"]) }}
        {%- if meta.get("has_further_days") %}
        or {{ meta["window_column"] }} in (select {{ meta["window_column"] }} from {{ arg_dict["temp_relation"] }})
        {%- endif %};
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
    order by all;
{% endmacro %}

{# Times of the window and of a day on either side: what lies across its ends is measured by them. #}
{% macro around_window(column) -%}
    (
        {{ column }} >= date '{{ var("from_date") }}' - interval 1 day
        and {{ column }} < cast('{{ var("to_date") }}' as timestamp) + interval 1 day
    )
{%- endmacro %}
