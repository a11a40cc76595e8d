select distinct gpu_model_name
from {{ source("raw", "gpu_sample_series") }}
where gpu_model_name is not null
