-- The rate of each currency on each day that has costs in it without a rate of the provider's own.
with

needed as (
    select distinct charge_date, billing_currency
    from {{ ref("stg_cost_line") }}
    where
        {{ in_window("charge_period_start") }}
        and billing_currency <> 'USD'
        and provider_usd_rate is null
)

select
    needed.charge_date,
    needed.billing_currency,
    rates.rate_date,
    rates.usd_billionths,
    rates.currency_billionths
from needed
inner join {{ ref("stg_fx_rate") }} as rates
    on
        needed.billing_currency = rates.currency
        and needed.charge_date >= rates.rate_date
        and needed.charge_date < rates.valid_to_date
