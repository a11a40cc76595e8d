-- A GPU cut into MIG instances is told whole too, with the meters of all of it. Of one scrape the instances speak for
-- their slices and the whole for those in none; what its meters say is everybody's. A scrape without an instance is
-- taken to be cut as the one before it, or after. A GPU has one counter: what any of it showed last is told
-- beside.
with

scrapes as (
    select
        *,
        {{ scrape_index("sampled_at") }} as scrape_index
    from {{ ref("int_gpu_reading") }}
    where
        gpu_index in (
            select gpu_index
            from {{ ref("int_gpu_series") }}
            where is_instance
        )
),

instances as (
    select gpu_index, scrape_index, cast(sum(slices) as integer) as instance_slices, count(*) as instances_count
    from (
        select gpu_index, device_index, scrape_index, max(slices) as slices
        from scrapes
        where is_instance
        group by gpu_index, device_index, scrape_index
    ) as each_once
    group by gpu_index, scrape_index
),

wholes as (
    select
        gpu_index,
        scrape_index,
        max(power_w) filter (where not is_instance) as power_w,
        max(energy_counter_mj) filter (where not is_instance) as energy_counter_mj,
        max(energy_counter_mj) as any_energy_counter_mj,
        max(sampled_at) filter (where energy_counter_mj is not null) as counted_at
    from scrapes
    group by gpu_index, scrape_index
)

select
    wholes.gpu_index,
    wholes.scrape_index,
    wholes.power_w,
    wholes.energy_counter_mj,
    lag(wholes.any_energy_counter_mj ignore nulls) over gpu as last_energy_counter_mj,
    lag(wholes.counted_at ignore nulls) over gpu as last_counted_at,
    coalesce(here.instance_slices, before.instance_slices, after.instance_slices) as instance_slices,
    coalesce(here.instances_count, before.instances_count, after.instances_count) as instances_count
from wholes
left join instances as here
    on wholes.gpu_index = here.gpu_index and wholes.scrape_index = here.scrape_index
left join instances as before
    on wholes.gpu_index = before.gpu_index and wholes.scrape_index - 1 = before.scrape_index
left join instances as after
    on wholes.gpu_index = after.gpu_index and wholes.scrape_index + 1 = after.scrape_index
window gpu as (partition by wholes.gpu_index order by wholes.scrape_index)
