-- A returned row is a day and site whose workloads' energy misses that of its machines, at the wall or at the meter.
select
    coalesce(nodes.usage_date, workloads.usage_date) as usage_date,
    coalesce(nodes.site_id, workloads.location) as site_id,
    nodes.wall_energy_kwh,
    workloads.wall_energy_kwh as workload_wall_energy_kwh,
    nodes.facility_energy_kwh,
    workloads.facility_energy_kwh as workload_facility_energy_kwh
from (
    select
        usage_date,
        site_id,
        sum(wall_energy_kwh) as wall_energy_kwh,
        sum(facility_energy_kwh) as facility_energy_kwh
    from {{ ref("int_owned_energy_hourly") }}
    where {{ in_window("usage_date") }}
    group by usage_date, site_id
) as nodes
full outer join (
    select
        usage_date,
        location,
        sum(wall_energy_kwh) as wall_energy_kwh,
        sum(facility_energy_kwh) as facility_energy_kwh
    from {{ ref("int_workload_energy_daily") }}
    where sourcing = 'owned' and {{ in_window("usage_date") }} and wall_energy_kwh is not null
    group by usage_date, location
) as workloads
    on nodes.usage_date = workloads.usage_date and nodes.site_id = workloads.location
where
    nodes.wall_energy_kwh is distinct from workloads.wall_energy_kwh
    or nodes.facility_energy_kwh is distinct from workloads.facility_energy_kwh
