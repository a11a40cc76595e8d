-- A replica repeats a label and says nothing new: who wants labels need not look for copies of samples.
select distinct
    sampled_at,
    gpu_uuid,
    mig_instance,
    namespace,
    pod,
    job_id
from {{ source("raw", "gpu_sample") }}
where coalesce(namespace, pod, job_id) is not null
