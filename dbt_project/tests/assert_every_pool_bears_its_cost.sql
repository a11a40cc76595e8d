-- A returned row is a pool's day whose direct, idle, unallocated and over-allocated cost misses the pool's cost.
select
    pools.usage_date,
    pools.sourcing,
    pools.location,
    pools.gpu_model,
    pools.used_cost_usd + pools.unused_cost_usd as pool_cost_usd,
    sum(costs.cost_usd) as allocated_cost_usd
from {{ ref("int_pool_daily") }} as pools
left join {{ ref("int_pool_cost_daily") }} as costs
    on
        pools.usage_date = costs.usage_date
        and pools.sourcing = costs.sourcing
        and pools.location = costs.location
        and pools.gpu_model = costs.gpu_model
        and costs.cost_part = 'pool'
group by
    pools.usage_date, pools.sourcing, pools.location, pools.gpu_model, pools.used_cost_usd, pools.unused_cost_usd
having pools.used_cost_usd + pools.unused_cost_usd <> coalesce(sum(costs.cost_usd), 0)
