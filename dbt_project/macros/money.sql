{# A rate in whole billionths. #}
{% macro billionths(rate) -%}
    cast(cast({{ rate }} as decimal(28, 9)) * cast(1000000000 as decimal(10, 0)) as hugeint)
{%- endmacro %}

{# An amount of a cost line in USD: at the provider's own rate, or at the reference rate of the charge's day. Cut at
   1e-18. #}
{% macro in_usd(amount) -%}
    case
        when lines.provider_usd_rate is not null then {{ scaled(amount, "lines.provider_usd_rate") }}
        else {{ from_units("(" ~ to_units(amount) ~ " * rates.usd_billionths // rates.currency_billionths)") }}
    end
{%- endmacro %}
