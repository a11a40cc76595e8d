"""GPU telemetry: one row per sample of one metric of one device, DCGM names."""

from pipelines.contracts import LINEAGE, Column, Contract

# Metrics that models use, with the unit each is stored in. Other metrics are not stored.
METRICS = {
    "DCGM_FI_DEV_GPU_UTIL": "0-100 as the exporter gives it",
    "DCGM_FI_DEV_POWER_USAGE": "W",
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": "mJ since boot, a counter",
    "DCGM_FI_DEV_FB_USED": "MiB",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": "0-1",
    "DCGM_FI_PROF_SM_ACTIVE": "0-1",
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": "0-1",
    "DCGM_FI_PROF_DRAM_ACTIVE": "0-1",
}

CONTRACT = Contract(
    table="raw.gpu_sample",
    grain="One row per device, metric and time of a telemetry delivery.",
    key=("delivery_id", "source_part", "source_row"),
    series=(
        "delivery_id", "source_part", "source", "metric", "node", "gpu_uuid", "gpu_index", "gpu_model_name",
        "mig_instance", "mig_profile", "namespace", "pod", "container", "job_id",
    ),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read the sample.", nullable=False),
        Column("sampled_at", "TIMESTAMP", "Time of the sample, UTC.", nullable=False),
        Column("covers_seconds", "DOUBLE", "Seconds before sampled_at that the value speaks for, a day at most; null where the source does not say."),
        Column("node", "VARCHAR", "Host name."),
        Column("gpu_uuid", "VARCHAR", "Device UUID: the identity.", nullable=False),
        Column("gpu_index", "INTEGER", "Device number on the host; may be reordered."),
        Column("mig_instance", "VARCHAR", "MIG GPU instance id; null for a whole GPU."),
        Column("mig_profile", "VARCHAR", "MIG profile, as 1g.10gb."),
        Column("gpu_model_name", "VARCHAR", "Model as the driver names it."),
        Column("metric", "VARCHAR", "Canonical DCGM name.", nullable=False, allowed=tuple(METRICS)),
        Column("value", "DOUBLE", "Value in the metric's unit; null for a sentinel.", unit="see METRICS"),
        Column("null_reason", "VARCHAR", "Why value is null.", allowed=("not_found", "not_supported", "not_permissioned", "blank", "out_of_range", "not_a_number", "device_error")),
        Column("namespace", "VARCHAR", "Kubernetes namespace of the workload; null when unlabelled or the exporter's own."),
        Column("pod", "VARCHAR", "Pod of the workload; null when unlabelled or the exporter's own."),
        Column("container", "VARCHAR", "Container of the workload."),
        Column("job_id", "VARCHAR", "Scheduler job (Slurm), where labelled."),
    ),
)
