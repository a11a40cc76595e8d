"""Days of bills that stand otherwise than they would be built from what is loaded now, though nothing of theirs is new.

Which GPUs a commitment's fees are for is told by the machines it covers, in whichever month: a bill of September may
say it of those of August, or take it back. Plans go by the days of deliveries and cannot know.
"""

from __future__ import annotations

from datetime import date

import duckdb

from pipelines.warehouse import stored

_BILLS = "intermediate.int_bill_daily"


def span(connection: duckdb.DuckDBPyConnection) -> tuple[date, date] | None:
    """The first such day and the first after the last; None where there is none, or nothing was built yet.

    Args:
        connection: the writer's, after loading and before the models are built.
    """
    if _BILLS not in stored.tables(connection):
        return None
    found = connection.execute(
        f"select min(charge_date), max(charge_date) + 1 from {_BILLS} as lines "
        "left join staging.stg_instance_type as types using (service_provider_name, instance_type) "
        "left join intermediate.int_commitment_gpu as covered using (service_provider_name, commitment_discount_id) "
        "where lines.commitment_discount_id is not null "
        "and lines.gpu_model is distinct from coalesce(types.gpu_model, covered.gpu_model)"
    ).fetchone()
    return None if found is None or found[0] is None else found
