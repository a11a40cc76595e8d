-- The three marts of leased cost from bills alone, as one script for one month of a company whose rules look at the tag
-- `team`, at accounts and at services: no telemetry, no owned fleet, no contracts, no currency but USD. Same rows and
-- same money as the models, to the last place.

-- Money in whole units of 1e-18 and back, for shares that add up.
create macro units(amount) as cast(replace(cast(cast(amount as decimal(38, 18)) as varchar), '.', '') as hugeint);
create macro money(units) as cast(units as decimal(38, 0)) * cast(0.000000000000000001 as decimal(18, 18));
create macro milliseconds(hours) as cast(round(hours * 3600000) as bigint);

-- One look at the lines.
create table grouped as
select
    cast(lines.charge_period_start as date) as usage_date,
    lines.service_provider_name as location,
    lines.instance_type,
    lines.commitment_discount_status = 'Unused' as is_unused,
    lines.charge_category,
    lines.service_category,
    lines.service_name,
    lines.sub_account_id,
    lines.tags['team'] as team,
    lines.consumed_unit in ('h', 'Hrs', 'Hours') as is_in_hours,
    sum(lines.effective_cost) as cost_usd,
    sum(lines.consumed_quantity) as quantity
from warehouse.raw.cost_line as lines
group by all;

-- Rules by regular expression, tried once per value; the first that holds on the day names the workload.
create table matches as
with given as (
    select 'tag:team' as match_field, team as match_value from grouped
    union
    select 'sub_account_id', sub_account_id from grouped
    union
    select 'service_name', service_name from grouped
)
select
    given.match_field,
    given.match_value,
    rules.workload,
    rules.workload_kind,
    row_number() over (order by rules.priority_index, rules.rule_id) as standing,
    coalesce(rules.valid_from_date, date '0001-01-01') as valid_from_date,
    coalesce(rules.valid_to_date, date '9999-12-31') as valid_to_date
from given
inner join warehouse.raw.workload_rule as rules
    on given.match_field = rules.match_field and regexp_full_match(given.match_value, rules.match_pattern);

create table named as
with sets as (
    select distinct usage_date, team, sub_account_id, service_name from grouped
),

fields as (
    select *, 'tag:team' as match_field, team as match_value from sets
    union all
    select *, 'sub_account_id', sub_account_id from sets
    union all
    select *, 'service_name', service_name from sets
),

first as (
    select
        fields.usage_date, fields.team, fields.sub_account_id, fields.service_name,
        min_by(matches.workload, matches.standing) as workload,
        min_by(matches.workload_kind, matches.standing) as workload_kind
    from fields
    inner join matches
        on
            fields.match_field = matches.match_field
            and fields.match_value = matches.match_value
            and fields.usage_date >= matches.valid_from_date
            and fields.usage_date < matches.valid_to_date
    group by all
)

select
    grouped.usage_date,
    grouped.location,
    coalesce(types.gpu_model, 'none') as gpu_model,
    case
        when grouped.is_unused then 'idle'
        when types.gpu_model is not null and grouped.charge_category = 'Usage' then 'gpu'
        else 'shared'
    end as cost_role,
    first.workload,
    first.workload_kind,
    sum(grouped.cost_usd) as cost_usd,
    sum(grouped.quantity * types.gpus)
        filter (where grouped.charge_category = 'Usage' and grouped.is_in_hours and grouped.is_unused is not true)
        as gpu_hours
from grouped
left join warehouse.raw.instance_type as types
    on grouped.location = types.service_provider_name and grouped.instance_type = types.instance_type
left join first
    on
        grouped.usage_date = first.usage_date
        and grouped.team is not distinct from first.team
        and grouped.sub_account_id is not distinct from first.sub_account_id
        and grouped.service_name is not distinct from first.service_name
group by all;

-- A pool is a day, a provider and a GPU model. Who held its time is told by the lines.
create table pools as
select
    usage_date, location, gpu_model,
    sum(cost_usd) filter (where cost_role = 'gpu') as used_cost_usd,
    sum(cost_usd) filter (where cost_role = 'idle') as unused_cost_usd,
    milliseconds(coalesce(sum(gpu_hours), 0)) as paid_ms
from named
where cost_role <> 'shared'
group by all;

create table held as
with by_line as (
    select
        usage_date, location, gpu_model,
        coalesce(workload, '__unallocated__') as workload,
        coalesce(workload_kind, 'other') as workload_kind,
        milliseconds(sum(gpu_hours)) as held_ms
    from named
    where gpu_hours > 0
    group by all
),

closing as (
    select pools.usage_date, pools.location, pools.gpu_model, pools.paid_ms - coalesce(sum(held_ms), 0) as held_ms
    from pools
    left join by_line using (usage_date, location, gpu_model)
    group by pools.usage_date, pools.location, pools.gpu_model, pools.paid_ms
)

select
    usage_date, location, gpu_model, workload, min(workload_kind) as workload_kind,
    case workload
        when '__unallocated__' then 'unallocated' when '__over_allocated__' then 'over_allocated' else 'direct'
    end as cost_class,
    cast(sum(held_ms) as bigint) as held_ms
from (
    select * from by_line
    union all by name
    select *, case when held_ms < 0 then '__over_allocated__' else '__unallocated__' end as workload,
        'other' as workload_kind
    from closing
)
where held_ms <> 0
group by all;

-- Shares by largest remainder: of a pool's cost by the time held, and of a provider's shared cost likewise.
create table parts as
select
    'pool' as part, usage_date, location, gpu_model, workload, workload_kind, cost_class,
    used_cost_usd as amount, held_ms as weight, paid_ms as total_weight
from held
inner join pools using (usage_date, location, gpu_model)
where paid_ms > 0
union all
select
    'shared', usage_date, location, coalesce(gpu_model, 'none'), coalesce(workload, '__shared__'),
    coalesce(workload_kind, 'other'), 'shared', amount, coalesce(held_ms, 1),
    cast(sum(coalesce(held_ms, 1)) over (partition by usage_date, location) as bigint)
from (
    select usage_date, location, sum(cost_usd) as amount
    from named
    where cost_role = 'shared' and workload is null
    group by all
)
left join (select * from held where cost_class = 'direct') using (usage_date, location);

create table shares as
with divided as (
    select *, units(amount) * weight // total_weight as share, units(amount) * weight % total_weight as remainder
    from parts
),

ranked as (
    select
        *,
        units(amount) - sum(share) over pool as units_left,
        row_number() over (pool order by abs(remainder) desc, gpu_model, workload, cost_class) as place
    from divided
    window pool as (partition by part, usage_date, location, case when part = 'pool' then gpu_model end)
)

select * exclude (share), money(share + case when place <= abs(units_left) then sign(units_left) else 0 end) as cost_usd
from ranked;

create table allocated as
select usage_date, 'leased' as sourcing, location, gpu_model, workload, workload_kind, cost_class,
    case part when 'pool' then 'billing' else 'driver' end as allocation_basis,
    case when part = 'pool' then 'none' when weight = total_weight and workload = '__shared__' then 'none'
        else 'gpu_hours' end as shared_driver,
    cost_usd
from shares
union all
select usage_date, 'leased', location, gpu_model, '__idle__', 'other', 'idle', 'commitment', 'none', unused_cost_usd
from pools
where unused_cost_usd <> 0
union all
select usage_date, 'leased', location, gpu_model, '__idle__', 'other', 'idle', 'none', 'none', used_cost_usd
from pools
where paid_ms = 0 and used_cost_usd <> 0
union all
select usage_date, 'leased', location, gpu_model, workload, min(workload_kind), 'direct', 'billing', 'none',
    sum(cost_usd)
from named
where cost_role = 'shared' and workload is not null
group by all;

create table fct_allocated_cost_daily as
select
    usage_date, sourcing, location, gpu_model, workload, min(workload_kind) as workload_kind, cost_class,
    allocation_basis, shared_driver, sum(cost_usd) as cost_usd
from allocated
group by all
order by all;

-- Idle cost goes to who held the pool that day.
create table idle as
with amounts as (
    select usage_date, location, gpu_model, sum(cost_usd) as amount
    from fct_allocated_cost_daily
    where cost_class = 'idle'
    group by all
),

divided as (
    select
        usage_date, location, gpu_model, amount,
        coalesce(workload, '__idle__') as workload, coalesce(workload_kind, 'other') as workload_kind,
        coalesce(held_ms, 1) as weight, cast(sum(coalesce(held_ms, 1)) over pool as hugeint) as total_weight
    from amounts
    left join (select * from held where cost_class = 'direct') using (usage_date, location, gpu_model)
    window pool as (partition by usage_date, location, gpu_model)
),

ranked as (
    select
        *,
        units(amount) * weight // total_weight as share,
        units(amount) - sum(units(amount) * weight // total_weight) over pool as units_left,
        row_number() over (pool order by abs(units(amount) * weight % total_weight) desc, workload) as place
    from divided
    window pool as (partition by usage_date, location, gpu_model)
)

select *, money(share + case when place <= abs(units_left) then sign(units_left) else 0 end) as cost_usd
from ranked;

create table fct_workload_tco_daily as
with costs as (
    select usage_date, location, gpu_model, workload, workload_kind, cost_class, cost_usd
    from fct_allocated_cost_daily
    where cost_class <> 'idle'
    union all
    select usage_date, location, gpu_model, workload, workload_kind, 'idle', cost_usd
    from idle
),

by_class as (
    select
        usage_date, location, gpu_model, workload, min(workload_kind) as workload_kind,
        coalesce(sum(cost_usd) filter (where cost_class = 'direct'), 0) as direct_cost_usd,
        coalesce(sum(cost_usd) filter (where cost_class = 'idle'), 0) as idle_cost_usd,
        coalesce(sum(cost_usd) filter (where cost_class = 'shared'), 0) as shared_cost_usd,
        coalesce(sum(cost_usd) filter (where cost_class = 'unallocated'), 0) as unallocated_cost_usd,
        coalesce(sum(cost_usd) filter (where cost_class = 'over_allocated'), 0) as over_allocated_cost_usd,
        sum(cost_usd) as total_cost_usd
    from costs
    group by all
),

times as (
    select
        usage_date, location, gpu_model, workload,
        sum(held_ms) / 3600000.0e0 as gpu_hours_paid,
        coalesce(sum(held_ms) filter (where cost_class = 'direct'), 0) / 3600000.0e0 as gpu_hours_allocated
    from held
    group by all
)

select
    usage_date, workload, workload_kind, 'leased' as sourcing, location, gpu_model,
    case when gpu_hours_paid is not null then 'billing' end as allocation_basis,
    direct_cost_usd, idle_cost_usd, shared_cost_usd, unallocated_cost_usd, over_allocated_cost_usd, total_cost_usd,
    gpu_hours_paid, gpu_hours_allocated
from by_class
left join times using (usage_date, location, gpu_model, workload)
order by all;

create table fct_unit_cost_daily as
select
    usage_date, workload, workload_kind, sourcing, location, gpu_model, allocation_basis, total_cost_usd,
    case when gpu_hours_paid > 0
        then money(units(total_cost_usd) * 3600000 // milliseconds(gpu_hours_paid))
    end as cost_usd_per_paid_gpu_hour,
    case when gpu_hours_allocated > 0
        then money(units(total_cost_usd) * 3600000 // milliseconds(gpu_hours_allocated))
    end as cost_usd_per_allocated_gpu_hour,
    gpu_hours_paid, gpu_hours_allocated
from fct_workload_tco_daily
order by all;
