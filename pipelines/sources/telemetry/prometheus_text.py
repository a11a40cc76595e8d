"""A scrape of the DCGM exporter's `/metrics`, saved as text (Prometheus or OpenMetrics format).

Parsed by `prometheus_client`, which knows the escapes, the optional timestamps and the four ways of writing no number.
It gives every counter the ending `_total`; DCGM's names have none. `source_row` numbers the samples of the file, those
of metrics that no model uses included. A scrape carries no time of its own: a sample's timestamp wins, else the time
comes from the file's name (`node7-20260801T120000Z.prom`) or from `--option sampled_at=…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import polars as pl
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import read_text, utc_instant
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _samples

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "DCGM exporter /metrics text, one scrape a file, its time in the file's name"
MODE = "append"
SCOPE = ""

_DCGM_SAMPLE = re.compile(r"^(?:DCGM_FI_[A-Z]+_[A-Z0-9_]+(?:_total)?|dcgm_[a-z0-9_]+)\{", re.MULTILINE)
_TIME_IN_NAME = re.compile(r"(\d{8}T\d{6})Z")


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file with a line that is a sample of a DCGM metric."""
    return [
        Claim((file,), f"DCGM exporter scrape {PurePosixPath(file.name).name}", _options(file))
        for file in files
        if not file.is_parquet and _DCGM_SAMPLE.search(file.head_text)
    ]


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: a line cannot be parsed, or neither the samples, the file's name nor an option say the time.
    """
    return Reading(tuple(_rows(file, delivery.options.get("sampled_at")) for file in delivery.files))


def _options(file: Candidate) -> dict[str, str]:
    stamp = _TIME_IN_NAME.search(PurePosixPath(file.name).name)
    if stamp is None:
        return {}
    try:
        moment = datetime.strptime(stamp[1], "%Y%m%dT%H%M%S")
    except ValueError:
        return {}
    return {"sampled_at": f"{moment.isoformat()}Z"}


def _rows(file: LandedFile, sampled_at: str | None) -> Rows:
    stamp = None
    if sampled_at is not None and (stamp := utc_instant(sampled_at)) is None:
        raise InputError(
            f"sampled_at is {sampled_at!r}, which is no time",
            file=file.name,
            next_step="write it as --option sampled_at=2026-08-01T12:00:00Z",
        )
    scraped = stamp.replace(tzinfo=UTC).timestamp() if stamp else None
    table: dict[str, list[Any]] = {name: [] for name in ("source_row", "seconds", *_samples.TEXT_COLUMNS)}
    samples = (sample for family in _families(file) for sample in family.samples)
    for position, sample in enumerate(samples, start=1):
        metric = _samples.CANONICAL.get(sample.name.removesuffix("_total"))
        if metric is None:
            continue
        row = {
            **_samples.device_labels(sample.labels),
            "source_row": position,
            "seconds": float(sample.timestamp) if sample.timestamp is not None else scraped,
            "metric": metric,
            "value_text": str(sample.value),
        }
        if row["seconds"] is None:
            raise InputError(
                "nothing says when this scrape was taken",
                file=file.name,
                next_step="name the file like node7-20260801T120000Z.prom, "
                "or add --option sampled_at=2026-08-01T12:00:00Z",
            )
        for name, values in table.items():
            values.append(row[name])
    schema = {"source_row": pl.Int64(), "seconds": pl.Float64()} | {n: pl.String() for n in _samples.TEXT_COLUMNS}
    kept, rejected = _samples.split(_samples.from_seconds(pl.LazyFrame(table, schema=schema)))
    return Rows(file, kept, rejected)


def _families(file: LandedFile) -> list[Metric]:
    text = read_text(file)
    # Only OpenMetrics ends with this mark, and only there are timestamps seconds instead of milliseconds.
    is_openmetrics = text.rstrip().endswith("# EOF")
    try:
        if is_openmetrics:
            return list(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
        return list(text_string_to_metric_families(text))
    except ValueError as error:
        raise InputError(
            f"not the {'OpenMetrics' if is_openmetrics else 'Prometheus'} text format: {error}",
            file=file.name,
            line=None if is_openmetrics else _first_bad_line(text.splitlines()),
            next_step="save the exporter's answer again as it is, for example with curl",
        ) from error


def _first_bad_line(lines: Iterable[str]) -> int | None:
    """The parser does not say where it stopped; a line it refuses alone is the one."""
    for number, line in enumerate(lines, start=1):
        try:
            list(text_string_to_metric_families(line))
        except ValueError:
            return number
    return None
