{# A model's schema is the room it stands in, without a prefix: what readers type is what the folders say. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
