"""The one place that runs Great Expectations: checks in, verdicts out.

It takes seconds to import, so it is imported when there is something to judge, and its context lives in memory only.
Great Expectations takes neither polars frames nor this DuckDB, hence a pandas frame a table with the evidence of each
check as a column of two values.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import groupby

from pipelines.quality.check import Check


def judge(checks: Sequence[Check]) -> list[bool]:
    """Whether each check holds, in order. Checks of one table stand together.

    Raises:
        RuntimeError: an expectation could not be evaluated at all.
    """
    if not checks:
        return []
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read while it is imported
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    # Without a configuration, each context leaves a folder for its pages behind.
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars={"globally": False},
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    source = context.data_sources.add_pandas("evidence")
    verdicts: list[bool] = []
    for table, group in groupby(checks, key=lambda check: check.table):
        verdicts += _judge_table(source, table, list(group))
    return verdicts


def _judge_table(source: object, table: str, checks: Sequence[Check]) -> list[bool]:
    import pandas as pd
    from great_expectations import ExpectationSuite

    # A column a check: two checks of one table column may need different evidence.
    names = {f"{check.column} ({check.expectation})": check for check in checks}
    frame = pd.DataFrame({name: check.evidence for name, check in names.items()}, dtype=object)
    suite = ExpectationSuite(
        name=table,
        expectations=[
            {
                "type": check.expectation,
                "kwargs": {"column": name, **check.parameters},
                "severity": "critical" if check.severity == "error" else "warning",
            }
            for name, check in names.items()
        ],
    )
    asset = source.add_dataframe_asset(table)  # type: ignore[attr-defined]
    batch = asset.add_batch_definition_whole_dataframe("evidence").get_batch({"dataframe": frame})
    by_name: dict[str, bool] = {}
    for result in batch.validate(suite, result_format="BOOLEAN_ONLY").results:
        name = result.expectation_config.kwargs["column"]
        if result.exception_info.get("raised_exception", True):
            raise RuntimeError(f"{table}, {name}: {result.exception_info}")
        by_name[name] = bool(result.success)
    return [by_name[name] for name in names]
