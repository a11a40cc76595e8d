{{ config(meta={"window_column": "sampled_at"}) }}

select
    points.*,
    series.* exclude (series_number, source, gpu_index)
from {{ source("raw", "gpu_sample_point") }} as points
inner join {{ source("raw", "gpu_sample_series") }} as series
    on points.series_number = series.series_number
