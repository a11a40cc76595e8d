{{ config(materialized="table") }}

-- Rates as whole billionths, so that an amount × numerator ÷ divisor stays exact. Of a day that several files quote,
-- the file that came last. A rate holds until the next fixing, over weekends and holidays, until it is ten days
-- old and no longer: an old rate is no rate.
with

arrivals as (
    select delivery_id, max(received_at) as received_at
    from {{ source("meta", "delivery") }}
    group by delivery_id
),

latest as (
    select rates.*
    from {{ source("raw", "fx_rate") }} as rates
    inner join arrivals
        on rates.delivery_id = arrivals.delivery_id
    qualify row_number() over (
        partition by rates.rate_date, rates.currency, rates.base_currency
        order by arrivals.received_at desc, rates.delivery_id asc, rates.source_row asc
    ) = 1
),

fixings as (
    select rate_date, base_currency, currency, units_per_base_ratio
    from latest
    union all
    select distinct rate_date, base_currency, base_currency as currency, cast(1 as decimal(38, 18))
    from latest
),

in_dollars as (
    select
        quoted.rate_date,
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
)

select
    rate_date,
    least(
        coalesce(lead(rate_date) over (partition by currency order by rate_date), rate_date + 11), rate_date + 11
    ) as valid_to_date,
    currency,
    usd_billionths,
    currency_billionths
from in_dollars
