select * exclude (source, gpu_index)
from {{ source("raw", "gpu_sample_series") }}
