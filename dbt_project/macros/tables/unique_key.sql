{# Statement that fails where rows of a relation share the model's `unique_key`. It runs in the transaction that wrote
   them, so that what stood there stands again. Nulls are alike.

   A column of whole numbers of a long key may be named in `meta.key_number`: rows that share the rest are then told by
   one bit each, 64 to a group, which is as sharp, and a fraction of the work where they lie close: rows of a file,
   devices of a scrape. What is named is a group then. #}
{% macro check_unique_key(relation, condition="true") -%}
    {%- set key = config.get("unique_key") or exceptions.raise_compiler_error(
        "it names no unique_key: the columns of its grain, under `config` in the .yml beside it"
    ) -%}
    {%- set number = config.get("meta", {}).get("key_number") -%}
    {%- set alike = (key | reject("equalto", number) | list + [number ~ " // 64 as " ~ number ~ "_64"]) if number else key -%}
    {%- set columns = alike | join(", ") -%}
    select error(format('rows of {{ this.schema }}.{{ this.identifier }} share the key {}: {} such', min(keys), count(*)))
    from (
        select {{ columns }}
        from {{ relation }}
        where {{ condition }}
        group by {{ range(1, alike | length + 1) | join(", ") }}
        having {{ repeats(number) if number else "count(*) > 1" }}
    ) as keys
    having count(*) > 0;
{%- endmacro %}

{# Every table is checked when it is filled: of an incremental model those rows that are about to replace the window's. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language="sql", partitioned_by=none, sorted_by=none) -%}
    {{ dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by) }}
    {{ check_unique_key(relation.include(database=not temporary, schema=not temporary)) }}
{%- endmacro %}

{# A view of a warehouse's whole history is looked at in the run's days only: the others are what they were when the run
   that loaded them looked. #}
{% macro rows_of_the_run() -%}
    {%- set window_column = config.get("meta", {}).get("window_column") -%}
    {{ in_window(window_column) if window_column and not flags.FULL_REFRESH else "true" }}
{%- endmacro %}
