-- What came out of each workload in each pool: requests and tokens, and jobs that ended. Servers do not say on which
-- GPUs they answered: where a workload held several pools its requests and tokens are split by the time it held there,
-- cut so that the parts add up; where it held none they stand under an unknown pool.
{% set amounts = ["requests_count", "input_tokens_count", "output_tokens_count"] %}
with

served as (
    select
        cast(hour_at as date) as usage_date,
        workload,
        {% for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {% endfor %}
        min(workload_kind) as workload_kind
    from {{ ref("int_serving_hourly") }}
    where {{ in_window("hour_at") }}
    group by cast(hour_at as date), workload
),

held as (
    select usage_date, workload, sourcing, location, gpu_model, sum(held_ms) as held_ms
    from {{ ref("int_pool_time_daily") }}
    where cost_class = 'direct'
    group by usage_date, workload, sourcing, location, gpu_model
    having sum(held_ms) > 0
),

holders as (
    select
        *,
        count(*) over (partition by usage_date, workload) as pools_count,
        sum(held_ms) over (partition by usage_date, workload) as total_ms,
        sum(held_ms) over (
            partition by usage_date, workload
            order by sourcing, location, gpu_model rows between unbounded preceding and current row
        ) as to_ms
    from held
),

spread as (
    select
        served.usage_date,
        coalesce(holders.sourcing, 'leased') as sourcing,
        coalesce(holders.location, 'unknown') as location,
        coalesce(holders.gpu_model, 'unknown') as gpu_model,
        served.workload,
        served.workload_kind,
        {% for amount in amounts %}
        {{ cut_along("served." ~ amount, "to_ms - held_ms", "to_ms", "total_ms") }} as {{ amount }},
        {% endfor %}
        case
            when holders.pools_count is null then 'no pool'
            when holders.pools_count = 1 then 'measured'
            else 'gpu hours'
        end as serving_basis
    from served
    left join holders
        on served.usage_date = holders.usage_date and served.workload = holders.workload
),

ended as (
    select *
    from {{ ref("int_job_end_daily") }}
    where {{ in_window("usage_date") }}
)

select
    coalesce(spread.usage_date, ended.usage_date) as usage_date,
    coalesce(spread.sourcing, ended.sourcing) as sourcing,
    coalesce(spread.location, ended.location) as location,
    coalesce(spread.gpu_model, ended.gpu_model) as gpu_model,
    coalesce(spread.workload, ended.workload) as workload,
    coalesce(spread.workload_kind, ended.workload_kind) as workload_kind,
    spread.serving_basis,
    spread.requests_count,
    spread.input_tokens_count,
    spread.output_tokens_count,
    ended.completed_jobs_count,
    ended.failed_jobs_count,
    ended.cancelled_jobs_count
from spread
full outer join ended
    on
        spread.usage_date = ended.usage_date
        and spread.sourcing = ended.sourcing
        and spread.location = ended.location
        and spread.gpu_model = ended.gpu_model
        and spread.workload = ended.workload
