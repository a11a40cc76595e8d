"""CSV of a collector that samples a node's GPUs many times a second: one row a device and time, plain or gzip.

`timestamp` (seconds since 1970, or ISO 8601 with a zone), the device (`gpu_uuid`, or `gpu`, its number, with `node`),
and any of the columns in `_readings.COLLECTED`; `gpu_model`, `namespace`, `pod`, `container`, `job_id`, `mig_instance`
and `mig_profile` where there are. Other columns, as temperatures, are left out.

Without `gpu_uuid` a device is called after its node and number, `NAME/gpu0`, which holds until a card is swapped or the
numbers change; `--option node=NAME` says the node where no column does.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, Reading, Scan
from pipelines.sources.sql import Fields
from pipelines.sources.telemetry import _readings

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Collector's CSV of GPU readings (timestamp, gpu, power_w, sm_active, energy_mj …)"
MODE = "append"
SCOPE = ""


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with a time, a device and a metric, by the collectors' names."""
    return [
        Claim((file,), f"GPU readings, CSV {file.name}") for file in files if _readings.is_collected(file.csv_header)
    ]


def read(delivery: Delivery) -> Reading:
    """One sample a row and stored column.

    Raises:
        InputError: nothing says which device a row is of.
    """
    parts: list[Scan] = []
    for file in delivery.files:
        layout = csv_layout(file)
        parts += _readings.collected(file, layout, Fields(file, layout.header, positional=True), delivery.options)
    return Reading(tuple(parts))
