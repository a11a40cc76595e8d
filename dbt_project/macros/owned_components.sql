{# Components of owned cost under one another, in the one shape they all have. #}
{% macro together(components) -%}
    {%- for component in components %}
    select usage_date, site_id, asset_id, component, cost_usd from {{ component }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
