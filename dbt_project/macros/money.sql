{# A rate in whole billionths. #}
{% macro billionths(rate) -%}
    cast(cast({{ rate }} as decimal(28, 9)) * cast(1000000000 as decimal(10, 0)) as hugeint)
{%- endmacro %}

{# amount × rate, which has no further places than money; cut at 1e-18. What is whole is multiplied apart from the rest,
   so that no product exceeds 128 bits. #}
{% macro at_rate(amount, rate) -%}
    {%- set one = "cast(1000000000000000000 as hugeint)" -%}
    {{ from_units(
        "(" ~ to_units(amount) ~ " // " ~ one ~ " * " ~ to_units(rate)
        ~ " + " ~ to_units(amount) ~ " % " ~ one ~ " * " ~ to_units(rate) ~ " // " ~ one ~ ")"
    ) }}
{%- endmacro %}

{# An amount of a cost line in USD: at the provider's own rate, or at the reference rate of the charge's day. Cut at
   1e-18. #}
{% macro in_usd(amount) -%}
    {%- set units = to_units(amount) -%}
    case
        when lines.provider_usd_rate is not null then {{ at_rate(amount, "lines.provider_usd_rate") }}
        else {{ from_units(
            "(" ~ units ~ " // rates.currency_billionths * rates.usd_billionths"
            ~ " + " ~ units ~ " % rates.currency_billionths * rates.usd_billionths // rates.currency_billionths)"
        ) }}
    end
{%- endmacro %}
