-- A returned row is a pool's day whose held GPU time differs from the time paid for.
select
    pools.usage_date,
    pools.sourcing,
    pools.location,
    pools.gpu_model,
    pools.paid_ms,
    sum(times.held_ms) as held_ms
from {{ ref("int_pool_daily") }} as pools
left join {{ ref("int_pool_time_daily") }} as times
    using (usage_date, sourcing, location, gpu_model)
group by pools.usage_date, pools.sourcing, pools.location, pools.gpu_model, pools.paid_ms
having pools.paid_ms <> coalesce(sum(times.held_ms), 0)
