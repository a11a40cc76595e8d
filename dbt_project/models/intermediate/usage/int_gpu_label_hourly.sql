-- Device time by hour and the workload its labels name; time without a label is under '__unallocated__'. A MIG instance
-- counts as its slices over the whole GPU's, as they were at each moment; power and energy are metered for the whole
-- GPU, so an instance gets its slices' part of the energy.
with

devices as (
    select devices.*, gpus.gpu_index, models.max_slices
    from {{ ref("int_gpu_device_daily") }} as devices
    inner join (select distinct gpu_index, gpu_uuid from {{ ref("int_gpu_series") }}) as gpus
        on devices.gpu_uuid = gpus.gpu_uuid
    left join {{ ref("stg_gpu_model") }} as models
        on devices.gpu_model = models.gpu_model
),

-- The workload of each label on a day, on some nodes another, and a number for it.
labels as (
    select
        workloads.usage_date,
        series.label_index,
        nodes.node_index,
        workloads.workload,
        workloads.workload_kind
    from {{ ref("int_label_workload") }} as workloads
    inner join (
        select distinct label_index, namespace, pod, job_id
        from {{ ref("int_gpu_series") }}
        where label_index is not null
    ) as series
        on
            workloads.namespace is not distinct from series.namespace
            and workloads.pod is not distinct from series.pod
            and workloads.job_id is not distinct from series.job_id
    left join (select distinct node_index, node from {{ ref("int_gpu_series") }}) as nodes
        on workloads.node = nodes.node
),

workloads as (
    select
        workload,
        case when workload = '__unallocated__' then 0 else row_number() over (order by workload) end as workload_index
    from (
        select workload from labels
        union
        select '__unallocated__' as workload
    ) as named
),

kinds as (
    select
        workload_kind,
        row_number() over (order by workload_kind) as kind_index
    from (select distinct workload_kind from labels) as named
),

-- A row a label and day, and in it the nodes that make it another's: each interval is looked up once.
numbered_labels as (
    select
        labels.usage_date,
        labels.label_index,
        any_value(workloads.workload_index) filter (where labels.node_index is null) as workload_index,
        any_value(kinds.kind_index) filter (where labels.node_index is null) as kind_index,
        map_from_entries(
            list((
                labels.node_index,
                struct_pack(workload_index := workloads.workload_index, kind_index := kinds.kind_index)
            )) filter (where labels.node_index is not null)
        ) as on_node
    from labels
    inner join workloads
        on labels.workload = workloads.workload
    inner join kinds
        on labels.workload_kind = kinds.workload_kind
    group by labels.usage_date, labels.label_index
),

numbered_shares as (
    select parts.device_index, parts.sampled_at, parts.part_frac, workloads.workload_index, kinds.kind_index
    from {{ ref("int_gpu_share") }} as parts
    inner join workloads
        on parts.workload = workloads.workload
    inner join kinds
        on parts.workload_kind = kinds.workload_kind
),

-- The part of the GPU an interval is of: a whole one, an instance's slices, or the slices in no instance. Instances
-- whose profile or model is unknown are parts alike. What nobody was given is nobody's, whatever label the whole has.
parted as (
    select
        cut.*,
        cut.is_frozen or (not cut.is_instance and cut.instances_count > 0) as is_nobodys,
        case
            when cut.instances_count = 0 then 1
            when cut.is_instance
                then coalesce(cut.slices * 1.0e0 / devices.max_slices, 1.0e0 / cut.instances_count)
            else greatest(0, coalesce(1 - cut.instance_slices * 1.0e0 / devices.max_slices, 0))
        end as gpu_part_ratio
    from {{ ref("int_gpu_interval_hourly") }} as cut
    inner join devices
        on cut.gpu_index = devices.gpu_index and cast(cut.hour_at as date) = devices.usage_date
),

time_shares as (
    select
        cut.hour_at,
        cut.device_index,
        case
            when cut.is_nobodys then 0
            else coalesce(
                parts.workload_index, labels.on_node[cut.node_index].workload_index, labels.workload_index, 0
            )
        end as workload_index,
        case
            when not cut.is_nobodys
                then coalesce(parts.kind_index, labels.on_node[cut.node_index].kind_index, labels.kind_index)
        end as kind_index,
        coalesce(parts.part_frac, 1) as part_frac,
        cut.node_index,
        cut.gpu_part_ratio,
        cut.seconds_in_hour,
        cut.is_frozen,
        case when cut.is_instance or cut.instances_count = 0 then cut.is_busy end as is_busy,
        cut.gpu_util_frac,
        cut.sm_active_frac,
        cut.tensor_active_frac,
        cut.dram_active_frac,
        cut.power_w,
        cut.memory_used_gib,
        cut.counted_energy_kwh,
        cut.integral_energy_kwh,
        coalesce(cut.counted_energy_kwh, cut.integral_energy_kwh) as energy_kwh,
        cut.energy_seconds
    from parted as cut
    left join numbered_shares as parts
        on cut.device_index = parts.device_index and cut.sampled_at = parts.sampled_at
    left join numbered_labels as labels
        on
            cut.label_index = labels.label_index
            and {{ day_ended("cut.sampled_at") }} = labels.usage_date
),

hourly as (
    select
        hour_at,
        device_index,
        workload_index,
        min(kind_index) as kind_index,
        max(node_index) as node_index,
        {{ total("gpu_part_ratio * seconds_in_hour * part_frac") }}
        / {{ total("seconds_in_hour * part_frac") }} as gpu_part_ratio,
        {{ total("case when is_frozen then 0 else seconds_in_hour * part_frac end") }} as covered_seconds,
        {{ total("case when is_frozen then seconds_in_hour * part_frac else 0 end") }} as frozen_seconds,
        {{ total("case when is_busy then seconds_in_hour * part_frac else 0 end") }} as busy_seconds,
        {{ total("case when not is_busy then seconds_in_hour * part_frac else 0 end") }} as idle_seconds,
        {% for gauge in ["gpu_util_frac", "sm_active_frac", "tensor_active_frac", "dram_active_frac", "power_w"] %}
        {{ total(gauge ~ " * seconds_in_hour * part_frac") }}
        / {{ total("case when " ~ gauge ~ " is not null then seconds_in_hour * part_frac end") }} as {{ gauge }},
        {% endfor %}
        max(memory_used_gib) as memory_used_gib,
        {{ total("energy_kwh * gpu_part_ratio * part_frac") }} as gpu_energy_kwh,
        {{ total("case when not is_busy then energy_kwh * gpu_part_ratio * part_frac else 0 end") }}
            as idle_gpu_energy_kwh,
        {{ total("counted_energy_kwh * gpu_part_ratio * part_frac") }} as counted_energy_kwh,
        {{ total("integral_energy_kwh * gpu_part_ratio * part_frac") }} as integral_energy_kwh,
        {{ total("coalesce(energy_seconds, 0) * part_frac") }} as energy_seconds,
        {{ total("case when energy_kwh is not null then seconds_in_hour * part_frac else 0 end") }} as known_seconds,
        {{ total("case when counted_energy_kwh is not null then seconds_in_hour * part_frac else 0 end") }}
            as counted_seconds
    from time_shares
    group by hour_at, device_index, workload_index
)

select
    hourly.hour_at,
    series.gpu_uuid,
    series.mig_instance,
    workloads.workload,
    coalesce(kinds.workload_kind, 'other') as workload_kind,
    devices.sourcing,
    devices.location,
    devices.asset_id,
    -- A host renamed within the day is known to schedulers by its name of the hour.
    coalesce(nodes.node, devices.node) as node,
    devices.gpu_model,
    hourly.gpu_part_ratio,
    hourly.covered_seconds,
    hourly.frozen_seconds,
    hourly.busy_seconds,
    hourly.idle_seconds,
    hourly.gpu_util_frac,
    hourly.sm_active_frac,
    hourly.tensor_active_frac,
    hourly.dram_active_frac,
    hourly.power_w,
    hourly.memory_used_gib,
    hourly.gpu_energy_kwh,
    hourly.idle_gpu_energy_kwh,
    hourly.counted_energy_kwh,
    hourly.integral_energy_kwh,
    hourly.energy_seconds,
    case
        when hourly.known_seconds = 0 then null
        when hourly.counted_seconds = hourly.known_seconds then 'counter'
        when hourly.counted_seconds = 0 then 'integral'
        else 'counter and integral'
    end as energy_basis
from hourly
inner join (select distinct device_index, gpu_uuid, mig_instance from {{ ref("int_gpu_series") }}) as series
    on hourly.device_index = series.device_index
left join (select distinct node_index, node from {{ ref("int_gpu_series") }}) as nodes
    on hourly.node_index = nodes.node_index
inner join workloads
    on hourly.workload_index = workloads.workload_index
left join kinds
    on hourly.kind_index = kinds.kind_index
inner join devices
    on series.gpu_uuid = devices.gpu_uuid and cast(hourly.hour_at as date) = devices.usage_date
