"""A scrape of the DCGM exporter's `/metrics`, saved as text (Prometheus or OpenMetrics format).

Parsed by `prometheus_client`, which knows the escapes, the optional timestamps and the four ways of writing no number.
It gives every counter the ending `_total`; DCGM's names have none. `source_row` numbers the samples of the file, those
of metrics that no model uses included. A scrape carries no time of its own: a sample's timestamp wins, else the time
comes from the file's name (`node7-20260801T120000Z.prom`) or from `--option sampled_at=…`. Metrics of inference servers
in the same file are not stored with it; the delivery's description says how to add them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _samples, _serving
from pipelines.sources.telemetry._prometheus import families, no_time, scraped_seconds, time_in_name

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "DCGM exporter /metrics text, one scrape a file, its time in the file's name"
MODE = "append"
SCOPE = ""

_DCGM_SAMPLE = re.compile(r"^(?:DCGM_FI_[A-Z]+_[A-Z0-9_]+(?:_total)?|dcgm_[a-z0-9_]+)\{", re.MULTILINE)


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file with a line that is a sample of a DCGM metric."""
    return [
        Claim((file,), _describe(file), time_in_name(file))
        for file in files
        if not file.is_parquet and _DCGM_SAMPLE.search(file.head_text)
    ]


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: a line cannot be parsed, or neither the samples, the file's name nor an option say the time.
    """
    return Reading(tuple(_rows(file, delivery.options.get("sampled_at")) for file in delivery.files))


def _describe(file: Candidate) -> str:
    words = f"DCGM exporter scrape {PurePosixPath(file.name).name}"
    return words + _serving.ADD_AGAIN if _serving.is_scrape(file.head_text) else words


def _rows(file: LandedFile, sampled_at: str | None) -> Rows:
    scraped = scraped_seconds(file, sampled_at)
    table: dict[str, list[Any]] = {name: [] for name in ("source_row", "seconds", *_samples.TEXT_COLUMNS)}
    samples = (sample for family in families(file) for sample in family.samples)
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
            raise no_time(file)
        for name, values in table.items():
            values.append(row[name])
    schema = {"source_row": pl.Int64(), "seconds": pl.Float64()} | {n: pl.String() for n in _samples.TEXT_COLUMNS}
    kept, rejected = _samples.split(_samples.from_seconds(pl.LazyFrame(table, schema=schema)))
    return Rows(file, kept, rejected)
