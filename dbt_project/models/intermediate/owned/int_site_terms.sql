-- Terms of sites with the mean price of their electricity. A tariff changes on days of its own, so a day on which
-- either changes begins a row. What a market prices has no mean here.
with

sites as (
    select * from {{ ref("stg_site") }}
),

tariffs as (
    select * from {{ ref("stg_tariff") }}
),

changes as (
    select
        site_id,
        valid_from_date as changed_date
    from sites
    union
    select
        site_id,
        valid_to_date as changed_date
    from sites
    where valid_to_date is not null
    union
    select
        site_id,
        valid_from_date as changed_date
    from tariffs
    union
    select
        site_id,
        valid_to_date as changed_date
    from tariffs
    where valid_to_date is not null
),

spans as (
    select
        site_id,
        changed_date as valid_from_date,
        lead(changed_date) over (partition by site_id order by changed_date) as valid_to_date
    from changes
),

bands as (
    select
        *,
        hour_to_index - hour_from_index as band_hours
    from tariffs
),

-- A day of hours of equal weight. A band that is missing or goes by a market leaves it unknown.
energy as (
    select
        spans.site_id,
        spans.valid_from_date,
        case
            when sum(bands.band_hours) = 24 and count(bands.market_id) = 0
                then sum({{ scaled("bands.energy_usd_per_kwh", "bands.band_hours", 24) }})
        end as energy_usd_per_kwh
    from spans
    inner join bands
        on
            spans.site_id = bands.site_id
            and spans.valid_from_date >= bands.valid_from_date
            and spans.valid_from_date < coalesce(bands.valid_to_date, date '9999-12-31')
    group by spans.site_id, spans.valid_from_date
)

select
    sites.site_id,
    sites.site_name,
    sites.operator,
    sites.jurisdiction,
    spans.valid_from_date,
    spans.valid_to_date,
    sites.pue_ratio,
    energy.energy_usd_per_kwh,
    sites.colocation_usd_per_kw_month,
    sites.demand_charge_usd_per_kw_month,
    sites.network_usd_per_month,
    sites.physical_security_usd_per_month,
    sites.compliance_usd_per_year,
    sites.facility_opex_usd_per_month,
    sites.staff_usd_per_fte_year,
    sites.staff_minimum_fte,
    sites.staff_gpus_per_fte,
    sites.grid_gco2e_per_kwh
from spans
inner join sites
    on
        spans.site_id = sites.site_id
        and spans.valid_from_date >= sites.valid_from_date
        and spans.valid_from_date < coalesce(sites.valid_to_date, date '9999-12-31')
left join energy
    on
        spans.site_id = energy.site_id
        and spans.valid_from_date = energy.valid_from_date
