-- What a kilowatt-hour costs at a site in each hour: fixed, by the hour of the day, or a market's price of that hour
-- with the tariff on top. An hour that the market does not price whole has no price: it is not guessed.
with

hours as (
    select
        usage_date,
        site_id,
        cast(usage_date as timestamp) + to_hours(unnest(generate_series(0, 23))) as hour_at
    from {{ ref("int_owned_site_terms_daily") }}
),

priced as (
    select
        hours.usage_date,
        hours.site_id,
        hours.hour_at,
        tariffs.market_id,
        tariffs.energy_usd_per_kwh,
        tariffs.hour_to_index - tariffs.hour_from_index as band_hours
    from hours
    inner join {{ ref("stg_tariff") }} as tariffs
        on
            hours.site_id = tariffs.site_id
            and hours.usage_date >= tariffs.valid_from_date
            and hours.usage_date < coalesce(tariffs.valid_to_date, date '9999-12-31')
            and extract('hour' from hours.hour_at) >= tariffs.hour_from_index
            and extract('hour' from hours.hour_at) < tariffs.hour_to_index
),

needed as (
    select distinct usage_date, hour_at, market_id
    from priced
    where market_id is not null
),

-- Intervals of an hour, the shortest there are: a market's quarters of an hour before its hours, both before a month.
intervals as (
    select
        needed.hour_at,
        needed.market_id,
        date_diff(
            'second',
            greatest(needed.hour_at, prices.starts_at),
            least(needed.hour_at + interval 1 hour, prices.ends_at)
        ) as priced_seconds,
        {{ to_units("prices.energy_currency_per_mwh") }}
        * case when prices.price_currency = 'USD' then 1 else rates.usd_billionths end
        // case when prices.price_currency = 'USD' then 1 else rates.currency_billionths end as usd_per_mwh_units
    from needed
    inner join {{ ref("stg_energy_price") }} as prices
        on
            needed.market_id = prices.market_id
            and needed.hour_at < prices.ends_at
            and needed.hour_at + interval 1 hour > prices.starts_at
    left join {{ ref("stg_fx_rate") }} as rates
        on
            prices.price_currency = rates.currency
            and needed.usage_date >= rates.rate_date
            and needed.usage_date < rates.valid_to_date
    qualify rank() over (
        partition by needed.hour_at, needed.market_id order by prices.ends_at - prices.starts_at
    ) = 1
),

market as (
    select
        hour_at,
        market_id,
        {{ from_units("cast(sum(usd_per_mwh_units * priced_seconds) as hugeint) // 3600 // 1000") }}
            as market_usd_per_kwh
    from intervals
    group by hour_at, market_id
    having sum(priced_seconds) = 3600 and count(usd_per_mwh_units) = count(*)
)

select
    priced.usage_date,
    priced.hour_at,
    priced.site_id,
    case
        when priced.market_id is null then priced.energy_usd_per_kwh
        else market.market_usd_per_kwh + priced.energy_usd_per_kwh
    end as energy_usd_per_kwh,
    case
        when priced.market_id is not null then 'market'
        when priced.band_hours = 24 then 'flat'
        else 'time of use'
    end as price_basis
from priced
left join market
    on priced.hour_at = market.hour_at and priced.market_id = market.market_id
