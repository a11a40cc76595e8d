-- Terms of a site on each day on which something there is live.
with

live as (
    select
        usage_date,
        site_id,
        sum(gpus) as installed_gpus
    from {{ ref("int_owned_asset_daily") }}
    where is_live
    group by usage_date, site_id
)

select
    live.usage_date,
    live.site_id,
    live.installed_gpus,
    terms.jurisdiction,
    terms.pue_ratio,
    terms.colocation_usd_per_kw_month,
    terms.demand_charge_usd_per_kw_month,
    terms.network_usd_per_month,
    terms.physical_security_usd_per_month,
    terms.compliance_usd_per_year,
    terms.facility_opex_usd_per_month,
    terms.staff_usd_per_fte_year,
    greatest(
        terms.staff_minimum_fte,
        -- Rounded up in whole billionths: 168 GPUs at 11.2 a post are fifteen posts, and a little more in binary.
        (
            {{ billionths("live.installed_gpus") }} + {{ billionths("terms.staff_gpus_per_fte") }} - 1
        ) // {{ billionths("terms.staff_gpus_per_fte") }}
    ) as staff_fte,
    terms.grid_gco2e_per_kwh
from live
inner join {{ ref("stg_site") }} as terms
    on
        live.site_id = terms.site_id
        and live.usage_date >= terms.valid_from_date
        and live.usage_date < coalesce(terms.valid_to_date, date '9999-12-31')
