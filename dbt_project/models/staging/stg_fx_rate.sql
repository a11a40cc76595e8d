{{ config(materialized="table") }}

-- Rates as whole billionths, so that an amount × numerator ÷ divisor stays exact. A rate holds until the next fixing,
-- over weekends and holidays, but not for longer than ten days: an old rate is no rate.
with

latest as (
    select *
    from {{ source("raw", "fx_rate") }}
    qualify row_number() over (
        partition by rate_date, currency, base_currency
        order by delivery_id, source_row
    ) = 1
),

fixings as (
    select rate_date, base_currency, currency, units_per_base_ratio
    from latest
    union all
    select distinct rate_date, base_currency, base_currency as currency, cast(1 as decimal(38, 18))
    from latest
)

select
    quoted.rate_date,
    least(
        coalesce(
            lead(quoted.rate_date) over (partition by quoted.currency order by quoted.rate_date),
            quoted.rate_date + 10
        ),
        quoted.rate_date + 10
    ) as valid_to_date,
    quoted.currency,
    {{ billionths("dollar.units_per_base_ratio") }} as usd_billionths,
    {{ billionths("quoted.units_per_base_ratio") }} as currency_billionths
from fixings as quoted
inner join fixings as dollar
    on
        quoted.rate_date = dollar.rate_date
        and quoted.base_currency = dollar.base_currency
        and dollar.currency = 'USD'
where quoted.currency <> 'USD'
qualify row_number() over (partition by quoted.rate_date, quoted.currency order by quoted.base_currency) = 1
