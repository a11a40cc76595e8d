-- An exporter that hangs repeats its last values and looks healthy: after hours of that, nobody knows what was. A run
-- begins with the sample before its first still one; runs are looked for where a device has still samples at all.
with

intervals as (
    select
        device_index,
        sampled_at,
        last_sampled_at,
        is_still
    from {{ ref("int_gpu_interval") }}
    where
        device_index in (
            select device_index
            from {{ ref("int_gpu_interval") }}
            where is_still
        )
),

runs as (
    select
        *,
        sum(case when is_still then 0 else 1 end) over (
            partition by device_index order by sampled_at rows between unbounded preceding and current row
        ) as run_index
    from intervals
),

frozen_runs as (
    select device_index, run_index
    from runs
    where is_still
    group by device_index, run_index
    having epoch(max(sampled_at)) - epoch(min(last_sampled_at)) >= {{ var("flatline_seconds") }}
)

select runs.device_index, runs.sampled_at
from runs
inner join frozen_runs
    on runs.device_index = frozen_runs.device_index and runs.run_index = frozen_runs.run_index
where runs.is_still
