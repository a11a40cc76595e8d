{# How tables and views are made, in place of the adapter's own way: that builds under another name, renames twice and
   drops what was there in a transaction of its own, for the sake of databases whose DDL is in no transaction. DuckDB's
   is, so what was there goes and the new one comes in the model's one transaction; a failure leaves what was there. #}
{% materialization table, adapter="duckdb" %}
    {%- set relation = this.incorporate(type="table") -%}
    {% call statement("main") %}
        {{ gone(load_cached_relation(this)) }}
        {{ create_table_as(False, relation, sql) }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {%- set relation = this.incorporate(type="view") -%}
    {% call statement("main") %}
        {{ gone(load_cached_relation(this)) }}
        {{ get_create_view_as_sql(relation, sql) }}
        {{ check_unique_key(relation, rows_of_the_run()) }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{# A statement that drops a relation; none where there is none. #}
{% macro gone(relation) -%}
    {%- if relation is not none -%} drop {{ relation.type }} if exists {{ relation }}; {%- endif -%}
{%- endmacro %}
