"""Manifests of AWS Data Exports, which CUR 2.0 and AWS's FOCUS exports come with.

Belongs here: reading one. Not here: columns.

    <export>/data/BILLING_PERIOD=2026-08/[<time>-<execution>/]<export>-00001.snappy.parquet
    <export>/metadata/BILLING_PERIOD=2026-08/[<time>-<execution>/]<export>-Manifest.json

With a folder per run, earlier runs stay; without, each run overwrites the last. The manifest is written last, and is
the only word on which files belong to the run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pipelines.errors import InputError
from pipelines.sources.billing._exports import Manifest, run_time
from pipelines.sources.billing._manifest_keys import check_key
from pipelines.sources.files import Candidate

_BUCKET: Final = re.compile(r"s3://[^/]+/")
_PERIOD: Final = re.compile(r"BILLING_PERIOD=(20\d\d-\d\d)")
_NAME_ENDING: Final = "-Manifest.json"


def manifest_in(file: Candidate) -> Manifest | None:
    """The manifest of AWS Data Exports that a file holds, or None.

    Raises:
        InputError: a key in it points outside the export, or its list of files is no such list.
    """
    content = file.json
    if not isinstance(content, dict) or "dataFiles" not in content:
        return None
    listed = content["dataFiles"]
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
        raise InputError(
            f"dataFiles is not a list of file names: {str(listed)[:80]}",
            file=file.name,
            next_step="copy the manifest again",
        )
    keys = [_BUCKET.sub("", key, count=1) for key in listed]
    for key in keys:
        check_key(file, key, listed_as="dataFiles", store="AWS's bucket")
    folders = [step for name in (*keys, file.name) for step in name.split("/")[:-1]]
    period = next((match[1] for step in folders if (match := _PERIOD.fullmatch(step))), "")
    export = file.name.rpartition("/")[2].removesuffix(_NAME_ENDING)
    return Manifest(
        file=file,
        rows=dict.fromkeys(keys),
        columns=_columns(content.get("columns")),
        ran_at=run_time(folders),
        label=", ".join(filter(None, (export, period))),
    )


def _columns(value: Any) -> tuple[str, ...]:
    """Names in the manifest's list of columns, each with a name and a type, or a name alone."""
    if not isinstance(value, list):
        return ()
    names: Sequence[Any] = [item.get("name") if isinstance(item, dict) else item for item in value]
    return tuple(name for name in names if isinstance(name, str))
