select
    gpu_model,
    cast(memory_gib as double) as memory_gib,
    cast(tdp_w as double) as tdp_w,
    release_date,
    cast(fp16_tflops as double) as fp16_tflops,
    cast(reference_ratio as double) as reference_ratio,
    cast(max_slices as integer) as max_slices,
    reference
from {{ ref("stg_gpu_model") }}
order by gpu_model
