{# An amount over a whole count, times a whole factor; null where there is no count. Cut at 1e-18. #}
{% macro per(amount, count, factor=1) -%}
    case
        when {{ count }} > 0
            then {{ from_units("(" ~ to_units(amount) ~ " * " ~ factor ~ " // cast(" ~ count ~ " as hugeint))") }}
    end
{%- endmacro %}

{# The part of an amount that lies on [start, stop) of a line as long as `whole`. Each end is rounded once, so that the
   parts along the line add up to the amount; all of it where there is no line. #}
{% macro cut_along(amount, start, stop, whole) -%}
    case when coalesce({{ stop }} = {{ whole }}, true) then {{ amount }}
        else cast({{ amount }} * (1.0e0 * ({{ stop }}) / {{ whole }}) as decimal(38, 12)) end
    - case when {{ whole }} is null then 0
        else cast({{ amount }} * (1.0e0 * ({{ start }}) / {{ whole }}) as decimal(38, 12)) end
{%- endmacro %}
