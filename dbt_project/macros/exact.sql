{# Money in whole units of 1e-18 as a 128-bit integer, and back: products and quotients that stay exact. #}
{% macro to_units(amount) -%}
    cast(replace(cast(cast({{ amount }} as decimal(38, 18)) as varchar), '.', '') as hugeint)
{%- endmacro %}

{% macro from_units(units) -%}
    (cast({{ units }} as decimal(38, 0)) * cast(0.000000000000000001 as decimal(18, 18)))
{%- endmacro %}

{# amount × factor ÷ divisor. The factor counts to nine places, the divisor is whole; the result is cut at 1e-18. #}
{% macro scaled(amount, factor, divisor=1) -%}
    {{ from_units(
        "(" ~ to_units(amount) ~ " * cast(cast(" ~ factor ~ " as decimal(28, 9)) * cast(1000000000 as decimal(10, 0)) as hugeint))"
        ~ " // (cast(1000000000 as hugeint) * " ~ divisor ~ ")"
    ) }}
{%- endmacro %}

{% macro days_in_month(day) -%}
    date_diff('day', cast(date_trunc('month', {{ day }}) as date), cast(date_trunc('month', {{ day }}) + interval 1 month as date))
{%- endmacro %}

{# Sum of a physical quantity that does not depend on the order of its rows: binary floats would, and with them the
   bytes of a mart. Twelve places: a picosecond, a nanojoule. #}
{% macro total(expression) -%}
    sum(cast({{ expression }} as decimal(38, 12)))
{%- endmacro %}

{# Of rows whose numbers, from nought, agree but for their last six bits: whether two have the same, or one has none. #}
{% macro repeats(numbers) -%}
    count(*) <> coalesce(bit_count(bit_or(cast(1 as ubigint) << ({{ numbers }} % 64))), 0)
{%- endmacro %}
