-- What a site costs whatever stands in it: one component a service.
with

terms as (
    select * from {{ ref("int_owned_site_terms_daily") }}
),

services as (
    select
        usage_date,
        site_id,
        'staff' as component,
        {{ scaled("staff_usd_per_fte_year", "staff_fte", 365) }} as cost_usd
    from terms
    union all
    select
        usage_date,
        site_id,
        'physical_security' as component,
        {{ scaled("physical_security_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
    from terms
    union all
    select
        usage_date,
        site_id,
        'compliance' as component,
        {{ scaled("compliance_usd_per_year", 1, 365) }} as cost_usd
    from terms
    union all
    select
        usage_date,
        site_id,
        'network' as component,
        {{ scaled("network_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
    from terms
    union all
    select
        usage_date,
        site_id,
        'facility' as component,
        {{ scaled("facility_opex_usd_per_month", 1, days_in_month("usage_date")) }} as cost_usd
    from terms
)

select
    usage_date,
    site_id,
    cast(null as varchar) as asset_id,
    component,
    cost_usd
from services
where cost_usd <> 0
