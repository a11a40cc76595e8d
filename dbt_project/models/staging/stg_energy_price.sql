-- Of an interval that several files quote, the file that came last.
with

arrivals as (
    select delivery_id, max(received_at) as received_at
    from {{ source("meta", "delivery") }}
    group by delivery_id
)

select
    prices.market_id,
    prices.starts_at,
    prices.ends_at,
    prices.price_currency,
    prices.energy_currency_per_mwh
from {{ source("raw", "energy_price") }} as prices
inner join arrivals
    on prices.delivery_id = arrivals.delivery_id
qualify row_number() over (
    partition by prices.market_id, prices.starts_at, prices.ends_at
    order by arrivals.received_at desc, prices.delivery_id asc, prices.source_part asc, prices.source_row asc
) = 1
