"""Manifests that FOCUS exports come with: AWS Data Exports' and Azure Cost Management's.

Belongs here: reading Azure's, which names files and rows. Not here: columns; AWS's (`_aws_export`).

    <folder>/<export>/20260801-20260831/202608310600/<run>/part_0_0001.csv and manifest.json beside it
"""

from __future__ import annotations

from typing import Any

from pipelines.errors import InputError
from pipelines.sources.billing import _aws_export
from pipelines.sources.billing._exports import Manifest, run_time
from pipelines.sources.billing._focus_columns import CORE
from pipelines.sources.billing._manifest_keys import check_key
from pipelines.sources.files import Candidate


def manifest_in(file: Candidate) -> Manifest | None:
    """The manifest of either provider that a file holds, or None.

    Raises:
        InputError: a key in it points outside the export, or its list of files is no such list.
    """
    return _aws_export.manifest_in(file) or _azure_manifest_in(file)


def _azure_manifest_in(file: Candidate) -> Manifest | None:
    content = file.json
    if not isinstance(content, dict) or "blobs" not in content:
        return None
    blobs = content["blobs"]
    if not isinstance(blobs, list) or not all(isinstance(_object(blob).get("blobName"), str) for blob in blobs):
        raise InputError(
            f"blobs is not a list of files with a blobName: {str(blobs)[:80]}",
            file=file.name,
            next_step="copy the manifest again",
        )
    rows = {blob["blobName"]: _count(blob.get("dataRowCount")) for blob in blobs}
    for key in rows:
        check_key(file, key, listed_as="blobs", store="Azure's storage")
    config, run = _object(content.get("exportConfig")), _object(content.get("runInfo"))
    folders = [step for name in (*rows, file.name) for step in name.split("/")[:-1]]
    return Manifest(
        file=file,
        rows=rows,
        # It lists no columns, but may say what it exports.
        columns=tuple(CORE) if str(config.get("type", "")).lower() == "focuscost" else (),
        ran_at=run_time([str(run.get("submittedTime", ""))]) or run_time(folders),
        label=str(config.get("exportName") or file.name),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
