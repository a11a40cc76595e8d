"""Raw tables: deliveries from landing into contract rows."""

from collections.abc import Iterator

import dagster as dg

from pipelines import progress
from pipelines.assets.partitions import BILLING_PERIODS, DAILY, ONE_RUN, Window, read_again
from pipelines.contracts import all_contracts
from pipelines.settings import Settings
from pipelines.sources.model import Delivery
from pipelines.warehouse.ingest import ingest
from pipelines.warehouse.load import Loaded

TIMED = ("raw.cost_line", "raw.gpu_sample", "raw.price_point")
REGISTERS = tuple(table for table in all_contracts() if table.startswith("raw.") and table not in TIMED)


def _load(kind: str, again: Window | None) -> list[Loaded]:
    def watch(delivery: Delivery) -> None:
        progress.say(f"ingest {kind}", delivery.description)

    progress.say(f"ingest {kind}", "looking for new deliveries")
    first, last = (again.first, again.last) if again else (None, None)
    return ingest(Settings(), kind, again_from=first, again_to=last, progress=watch)


def _metadata(loaded: list[Loaded]) -> dict[str, dg.MetadataValue]:
    billed = [item.contents.billed_cost for item in loaded if item.contents.billed_cost is not None]
    return {
        "deliveries": dg.MetadataValue.int(len(loaded)),
        "rows": dg.MetadataValue.int(sum(item.contents.rows for item in loaded)),
        "rejected_rows": dg.MetadataValue.int(sum(item.contents.rejected_rows for item in loaded)),
        "billed_cost": dg.MetadataValue.text(str(sum(billed)) if billed else "none"),
    }


@dg.asset(key=["raw", "cost_line"], partitions_def=BILLING_PERIODS, backfill_policy=ONE_RUN, group_name="ingest")
def cost_line(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Lines of billing exports in the canonical shape; a partition is a billing period."""
    return dg.MaterializeResult(metadata=_metadata(_load("billing", read_again(context))))


@dg.asset(key=["raw", "gpu_sample"], partitions_def=DAILY, backfill_policy=ONE_RUN, group_name="ingest")
def gpu_sample(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Samples of GPU telemetry; a partition is a day."""
    return dg.MaterializeResult(metadata=_metadata(_load("telemetry", read_again(context))))


@dg.asset(key=["raw", "price_point"], backfill_policy=ONE_RUN, group_name="ingest")
def price_point() -> dg.MaterializeResult[None]:
    """Dated market prices of leased GPUs."""
    return dg.MaterializeResult(metadata=_metadata(_load("prices", None)))


@dg.multi_asset(
    specs=[dg.AssetSpec(table.split("."), description=all_contracts()[table].grain) for table in REGISTERS],
    backfill_policy=ONE_RUN,
    group_name="ingest",
)
def registers() -> Iterator[dg.MaterializeResult[None]]:
    """Registers kept by hand, and the reference that ships with tenure."""
    loaded = _load("registers", None)
    for table in REGISTERS:
        own = [item for item in loaded if item.delivery.source == table.removeprefix("raw.")]
        yield dg.MaterializeResult(asset_key=table.split("."), metadata=_metadata(own))
