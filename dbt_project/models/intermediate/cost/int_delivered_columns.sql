{{ config(materialized="view") }}

-- Columns per source over its deliveries, so that one that came or went is seen.
with

arrivals as (
    select distinct columns.source, columns.delivery_id, ledger.received_at
    from {{ ref("stg_delivered_column") }} as columns
    inner join {{ ref("stg_delivery") }} as ledger
        on columns.delivery_id = ledger.delivery_id
),

newest as (
    select source, max(received_at) as received_at, count(distinct delivery_id) as deliveries_count
    from arrivals
    group by source
)

select
    columns.source,
    columns.column_name,
    bool_or(columns.is_read) as is_read,
    count(distinct columns.delivery_id) as deliveries_count,
    bool_or(arrivals.received_at = newest.received_at) as is_in_newest,
    bool_and(arrivals.received_at = newest.received_at)
    and any_value(newest.deliveries_count) > count(distinct columns.delivery_id) as is_new
from {{ ref("stg_delivered_column") }} as columns
inner join arrivals
    on columns.delivery_id = arrivals.delivery_id and columns.source = arrivals.source
inner join newest
    on columns.source = newest.source
group by columns.source, columns.column_name
