{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "hour_at"},
) }}

-- Device time by hour and workload: by the labels on telemetry, else by the scheduler's records, else nobody's known
-- ('__unallocated__'). What a device did in an hour is cut where its parts end, so that the parts add up to it.
{% set amounts = [
    "covered_seconds", "frozen_seconds", "busy_seconds", "idle_seconds", "gpu_energy_kwh", "idle_gpu_energy_kwh",
    "counted_energy_kwh", "integral_energy_kwh", "energy_seconds",
] %}
with

parts as (
    select hour_at, gpu_uuid, mig_instance, workload, workload_kind, from_frac, to_frac
    from {{ ref("int_gpu_scheduled_hourly") }}

    union all

    -- What no job claimed is the end of the line.
    select
        hour_at, gpu_uuid, mig_instance, '__unallocated__', 'other', max(to_frac), 1
    from {{ ref("int_gpu_scheduled_hourly") }}
    group by hour_at, gpu_uuid, mig_instance
    having max(to_frac) < 1
),

cut as (
    select
        labelled.hour_at,
        labelled.gpu_uuid,
        labelled.mig_instance,
        coalesce(parts.workload, labelled.workload) as workload,
        coalesce(parts.workload_kind, labelled.workload_kind) as workload_kind,
        case
            when labelled.workload <> '__unallocated__' then 'label'
            when coalesce(parts.workload, '__unallocated__') <> '__unallocated__' then 'scheduler'
            else 'none'
        end as workload_basis,
        labelled.sourcing,
        labelled.location,
        labelled.asset_id,
        labelled.node,
        labelled.gpu_model,
        labelled.gpu_part_ratio,
        {% for amount in amounts %}
        case
            when parts.workload is null then labelled.{{ amount }}
            else
                case
                    when parts.to_frac = 1 then labelled.{{ amount }}
                    else cast(labelled.{{ amount }} * parts.to_frac as decimal(38, 12))
                end
                - cast(labelled.{{ amount }} * parts.from_frac as decimal(38, 12))
        end as {{ amount }},
        {% endfor %}
        labelled.gpu_util_frac,
        labelled.sm_active_frac,
        labelled.tensor_active_frac,
        labelled.dram_active_frac,
        labelled.power_w,
        labelled.memory_used_gib,
        labelled.energy_basis
    from {{ ref("int_gpu_label_hourly") }} as labelled
    left join parts
        on
            labelled.hour_at = parts.hour_at
            and labelled.gpu_uuid = parts.gpu_uuid
            and labelled.mig_instance is not distinct from parts.mig_instance
            and labelled.workload = '__unallocated__'
)

select
    hour_at,
    gpu_uuid,
    mig_instance,
    workload,
    workload_kind,
    workload_basis,
    sourcing,
    location,
    asset_id,
    node,
    gpu_model,
    gpu_part_ratio,
    covered_seconds,
    frozen_seconds,
    case when workload = '__unallocated__' then 0 else covered_seconds end as allocated_seconds,
    busy_seconds,
    idle_seconds,
    gpu_util_frac,
    sm_active_frac,
    tensor_active_frac,
    dram_active_frac,
    power_w,
    memory_used_gib,
    gpu_energy_kwh,
    idle_gpu_energy_kwh,
    counted_energy_kwh,
    integral_energy_kwh,
    energy_seconds,
    energy_basis
from cut
