{# The day of what ends at a time: midnight is the end of the day before it. #}
{% macro day_ended(time) -%}
    cast({{ time }} - interval 1 microsecond as date)
{%- endmacro %}
