-- Power of owned assets at the wall, by hour. Between idle and peak by the mean utilisation of the asset's GPUs; an
-- hour that no telemetry covers counts at idle, which it cannot have been below, and says so in its basis.
with

hours as (
    select
        *,
        cast(usage_date as timestamp) + to_hours(unnest(generate_series(0, 23))) as hour_at
    from {{ ref("int_owned_asset_daily") }}
    where is_live
),

utilisation as (
    select
        asset_id,
        hour_at,
        {{ total("gpu_util_frac * covered_seconds") }}
        / {{ total("case when gpu_util_frac is not null then covered_seconds end") }} as gpu_util_frac,
        sum(gpu_energy_kwh) as gpu_energy_kwh
    from {{ ref("int_gpu_usage_hourly") }}
    where asset_id is not null and {{ in_window("cast(hour_at as date)") }}
    group by asset_id, hour_at
),

energy as (
    select
        hours.usage_date,
        hours.hour_at,
        hours.site_id,
        hours.asset_id,
        utilisation.gpu_energy_kwh,
        cast(
            hours.idle_kw
            + (hours.peak_kw - hours.idle_kw) * cast(coalesce(utilisation.gpu_util_frac, 0) as decimal(10, 9))
            as decimal(18, 9)
        ) as wall_energy_kwh,
        case
            when hours.gpus = 0 then 'constant'
            when utilisation.gpu_util_frac is null then 'assumed idle'
            else 'modelled by utilisation'
        end as energy_basis
    from hours
    left join utilisation
        on hours.asset_id = utilisation.asset_id and hours.hour_at = utilisation.hour_at
)

select
    energy.usage_date,
    energy.hour_at,
    energy.site_id,
    energy.asset_id,
    energy.gpu_energy_kwh,
    energy.wall_energy_kwh,
    cast(energy.wall_energy_kwh * cast(terms.pue_ratio as decimal(9, 6)) as decimal(18, 9)) as facility_energy_kwh,
    energy.energy_basis,
    tariffs.energy_usd_per_kwh,
    {{ scaled("tariffs.energy_usd_per_kwh",
        "cast(energy.wall_energy_kwh * cast(terms.pue_ratio as decimal(9, 6)) as decimal(18, 9))") }} as cost_usd
from energy
inner join {{ ref("int_owned_site_terms_daily") }} as terms
    on energy.usage_date = terms.usage_date and energy.site_id = terms.site_id
left join {{ ref("stg_tariff") }} as tariffs
    on
        energy.site_id = tariffs.site_id
        and energy.usage_date >= tariffs.valid_from_date
        and energy.usage_date < coalesce(tariffs.valid_to_date, date '9999-12-31')
        and extract('hour' from energy.hour_at) >= tariffs.hour_from_index
        and extract('hour' from energy.hour_at) < tariffs.hour_to_index
