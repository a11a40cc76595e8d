-- A returned row is a device that was seen for more than an hour in an hour: GPU time counted twice.
select hour_at, gpu_uuid, mig_instance, sum(covered_seconds) as covered_seconds
from {{ ref("fct_gpu_usage_hourly") }}
where {{ in_window("hour_at") }}
group by hour_at, gpu_uuid, mig_instance
having sum(covered_seconds) > 3600.000001
