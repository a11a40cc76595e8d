select
    workload,
    min(workload_kind) as workload_kind,
    workload like '\_\_%' escape '\' as is_residual,
    min(usage_date) as first_usage_date,
    max(usage_date) as last_usage_date
from {{ ref("int_workload_history") }}
group by workload
order by workload
