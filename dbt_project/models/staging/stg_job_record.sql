-- Dumps overlap: of one run of a job the record that knows most of it speaks, that is the one made last. That a job
-- waited says nothing more once it has started.
select
    delivery_id,
    source_part,
    source_row,
    -- Names a run; a requeued job has several.
    concat_ws(
        '|',
        job_kind,
        coalesce(cluster, ''),
        job_id,
        coalesce(cast(submitted_at as varchar), ''),
        coalesce(cast(started_at as varchar), '')
    ) as run_id,
    job_kind,
    cluster,
    job_id,
    job_name,
    user_name,
    account,
    partition,
    namespace,
    pod,
    upper(state) as state,
    submitted_at,
    started_at,
    ended_at,
    known_until_at,
    is_right_censored,
    nodes,
    gpus,
    gpu_model_name
from {{ source("raw", "job_record") }}
qualify row_number() over (
    partition by job_kind, cluster, job_id, submitted_at, started_at
    order by known_until_at desc nulls last, delivery_id asc, source_part asc, source_row asc
) = 1
and (
    started_at is not null
    or ended_at is not null
    or max(started_at) over (partition by job_kind, cluster, job_id, submitted_at) is null
)
