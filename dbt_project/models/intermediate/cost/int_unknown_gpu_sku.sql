-- Machine types that look like they hold GPUs, or are billed by the GPU-hour, but are in no catalogue: their cost is in
-- the bill, their model or GPU-hours are not known. Naming patterns: AWS p/g/trn/inf families, Azure N series, GCP a
-- and g2, OCI BM.GPU.
with

-- Names are few and their days are many: each is read once.
named as (
    select
        service_provider_name,
        service_name,
        instance_type,
        sku_meter,
        coalesce(gpu_hours > 0, false) as is_by_gpu_hour,
        sum(line_rows) as line_rows,
        sum(effective_cost_usd) as effective_cost_usd,
        min(charge_date) as first_charge_date,
        max(charge_date) as last_charge_date
    from {{ ref("int_bill_daily") }}
    where
        gpu_model is null
        and charge_category = 'Usage'
        -- A correction gives money back; it is no machine.
        and charge_class is null
    group by service_provider_name, service_name, instance_type, sku_meter, is_by_gpu_hour
)

select
    service_provider_name,
    instance_type,
    sku_meter,
    cast(sum(line_rows) as bigint) as line_rows,
    sum(effective_cost_usd) as effective_cost_usd,
    min(first_charge_date) as first_charge_date,
    max(last_charge_date) as last_charge_date
from named
where
    is_by_gpu_hour
    or regexp_full_match(
        coalesce(instance_type, ''),
        '(p[2-9]|g[3-9]|trn|inf)[a-z0-9-]*\..*|Standard_N[CDGV].*|N[CDGV]\d.*|a[2-9]-.*|g2-.*|(BM|VM)\.GPU.*',
        'i'
    )
    or regexp_matches(
        coalesce(service_name, '') || ' ' || coalesce(instance_type, '') || ' ' || coalesce(sku_meter, ''),
        '\b(GPU|H100|H200|B200|B300|A100|L40S|MI300X)\b',
        'i'
    )
group by service_provider_name, instance_type, sku_meter
