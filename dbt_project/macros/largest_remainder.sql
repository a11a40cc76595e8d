{#
Split an amount over rows by weight so that the shares add up to it exactly: largest remainder, ties by `order_by`.

`relation` has one row a share, with `amount` (DECIMAL(38,18), equal on all rows of a part), `weight` (BIGINT, any
sign) and `total_weight` (BIGINT above zero, the sum of the part's weights). Arithmetic is in whole units of 1e-18 on
128-bit integers. What the total weight goes into whole is multiplied apart from the rest, so that no product exceeds
them: amount × weight = quotient × total × weight + rest × weight. Gives `columns` and `share` DECIMAL(38,18).
#}
{% macro largest_remainder(relation, columns, partition_by, order_by) %}
    select
        {{ columns }},
        {{ from_units('units + case when remainder_rank <= abs(units_left) then sign(units_left) else 0 end') }} as share
    from (
        select
            *,
            amount_units - sum(units) over (partition by {{ partition_by }}) as units_left,
            row_number() over (partition by {{ partition_by }} order by abs(remainder) desc, {{ order_by }})
                as remainder_rank
        from (
            select
                *,
                amount_units // total_weight * weight + amount_units % total_weight * weight // total_weight as units,
                amount_units % total_weight * weight % total_weight as remainder
            from (
                select
                    *,
                    {{ to_units('amount') }} as amount_units
                from {{ relation }}
            ) as in_units
        ) as divided
    ) as ranked
{% endmacro %}
