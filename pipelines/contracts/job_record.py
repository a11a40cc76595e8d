"""What a scheduler ran: one Slurm job or Kubernetes pod a row, with the GPUs it held and for how long."""

from pipelines.contracts import LINEAGE, Column, Contract

KINDS = ("slurm", "kubernetes")

CONTRACT = Contract(
    table="raw.job_record",
    grain="One row per run of a job (a requeued job runs again under its id) or pod, in a scheduler's record.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read the record.", nullable=False),
        Column("job_kind", "VARCHAR", "Scheduler: slurm or kubernetes.", nullable=False, allowed=KINDS),
        Column("cluster", "VARCHAR", "Cluster, where the record says."),
        Column("job_id", "VARCHAR", "Slurm's raw job id, which GPU samples are labelled with (the shown one where only that is delivered), or the pod's uid.", nullable=False),
        Column("array_job_id", "VARCHAR", "Slurm array that the job is a task of."),
        Column("job_name", "VARCHAR", "Name of the job; of a pod, its owner's (Job, ReplicaSet) or null."),
        Column("user_name", "VARCHAR", "Slurm user."),
        Column("account", "VARCHAR", "Slurm account."),
        Column("partition", "VARCHAR", "Slurm partition."),
        Column("namespace", "VARCHAR", "Kubernetes namespace."),
        Column("pod", "VARCHAR", "Kubernetes pod."),
        Column("labels_json", "VARCHAR", "Labels of the pod, a JSON object of text sorted by key."),
        Column("state", "VARCHAR", "State as the scheduler calls it, without who brought it about.", nullable=False),
        Column("submitted_at", "TIMESTAMP", "When it was submitted or created, UTC."),
        Column("started_at", "TIMESTAMP", "When it was given its node, UTC; null where it never was."),
        Column("ended_at", "TIMESTAMP", "When it gave its node back, UTC; null where it has not yet."),
        Column("known_until_at", "TIMESTAMP", "Until when the record tells: its end, or while it runs when the record was made; null where nothing says."),
        Column("is_right_censored", "BOOLEAN", "Started and not ended when the record was made: its end is unknown, not never.", nullable=False),
        Column("node_list", "VARCHAR", "Nodes as delivered."),
        Column("nodes", "VARCHAR", "The same nodes written out, separated by commas; null where there are none or they cannot be."),
        Column("gpus", "DOUBLE", "GPUs it holds, over all nodes; parts of one only where the scheduler counts them in per cent.", nullable=False, minimum=0),
        Column("gpu_model_name", "VARCHAR", "Kind of GPU as the scheduler calls it; several separated by commas."),
        Column("gpu_parts", "VARCHAR", "Parts of GPUs it holds beside `gpus`, as mig-1g.10gb=2 or shard=4, separated by commas; null for none."),
    ),
)
