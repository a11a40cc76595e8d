{{ config(materialized="view") }}

-- What each device showed at a moment, each metric once.
with

wordings as (
    select distinct
        wording_index,
        gpu_index,
        is_instance,
        node_index,
        gpu_model_name_index,
        slices,
        label_index
    from {{ ref("int_gpu_series") }}
)

select
    moments.* exclude (wording_index, is_crowded),
    wordings.* exclude (wording_index)
from {{ ref("int_gpu_moment") }} as moments
inner join wordings
    on moments.wording_index = wordings.wording_index
where not moments.is_crowded

union all by name

select * exclude (is_shared)
from {{ ref("int_gpu_crowded_reading") }}
