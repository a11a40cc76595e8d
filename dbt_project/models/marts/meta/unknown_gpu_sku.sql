select
    service_provider_name,
    instance_type,
    sku_meter,
    cast(line_rows as bigint) as line_rows,
    cast(effective_cost_usd as decimal(38, 18)) as effective_cost_usd,
    first_charge_date,
    last_charge_date
from {{ ref("int_unknown_gpu_sku") }}
order by service_provider_name, instance_type, sku_meter
