"""What whole machines draw: one reading of a node's own meter (BMC) a row."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.node_power_sample",
    grain="One row per node and time of a delivery of power readings.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read the sample.", nullable=False),
        Column("sampled_at", "TIMESTAMP", "Time of the reading, UTC.", nullable=False),
        Column("node", "VARCHAR", "Host name.", nullable=False),
        Column("sensor", "VARCHAR", "Column or sensor the reading is of, as delivered.", nullable=False),
        Column("system_power_w", "DOUBLE", "Power into the whole machine, fans and supplies included; null where the meter gave none.", minimum=0),
        Column("null_reason", "VARCHAR", "Why system_power_w is null.", allowed=("blank", "not_a_number", "out_of_range")),
    ),
)
