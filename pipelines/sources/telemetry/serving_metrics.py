"""Metrics of inference servers (vLLM, SGLang, TGI, Triton): scrapes of `/metrics` as text, Prometheus' answers as JSON.

Stored are the counters of requests and tokens and the histogram of the time to the first token, under one name for
all engines (`raw.serving_sample`); other metrics are left out. TGI tells no time to the first token, Triton no tokens
of its own (its vLLM backend writes vLLM's names). A counter is kept as it stands: differences, and resets where a
server started anew, are the models' work, within `labels_json`.

A scrape's time comes from its samples, the file's name (`node7-20260801T120000Z.prom`) or `--option sampled_at=…`.
`--option service=NAME` says whose requests they are where no label `service` does. `source_row` numbers the samples of
the file, those that are not stored included. A file that holds GPU metrics too goes to the GPU samples; added again
with `--source serving_metrics` it is read here as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _serving
from pipelines.sources.telemetry._answers import checked_series, outline
from pipelines.sources.telemetry._prometheus import (
    answer_names,
    families,
    is_answer,
    no_time,
    scraped_seconds,
    time_in_name,
)

KIND = "telemetry"
TABLE = "raw.serving_sample"
SUMMARY = "vLLM, SGLang, TGI or Triton metrics: /metrics text or Prometheus answers (JSON)"
MODE = "append"
SCOPE = ""


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each scrape or answer that holds a stored metric of an inference server."""
    found: list[Claim] = []
    for file in files:
        name = PurePosixPath(file.name).name
        if is_answer(file):
            if _serving.is_among(answer_names(outline(file))):
                found.append(Claim((file,), f"inference server metrics, Prometheus answer {name}"))
        elif not file.is_parquet and _serving.is_scrape(file.head_text):
            found.append(Claim((file,), f"inference server metrics, scrape {name}", time_in_name(file)))
    return found


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: the file cannot be parsed, holds no stored metric, or nothing says when it was taken.
    """
    return Reading(tuple(_rows(file, delivery.options) for file in delivery.files))


def _rows(file: LandedFile, options: Mapping[str, str]) -> Rows:
    samples = _answered(file) if is_answer(candidate(file)) else _scraped(file, options.get("sampled_at"))
    table: dict[str, list[Any]] = {name: [] for name in ("source_row", "seconds", *_serving.TEXT_COLUMNS)}
    for position, (name, labels, seconds, text) in enumerate(samples, start=1):
        if _serving.stored(name) is None:
            continue
        row = {
            **_serving.server_labels(labels, options.get("service")),
            "source_row": position,
            "seconds": seconds,
            "name": name,
            "value_text": text,
        }
        for column, values in table.items():
            values.append(row[column])
    if not table["source_row"]:
        raise InputError(
            "the file holds no metric of an inference server that is stored",
            file=file.name,
            next_step=f"query one by its name, as one of: {', '.join(list(_serving.METRICS)[:3])}",
        )
    schema = {"source_row": pl.Int64(), "seconds": pl.Float64()} | {n: pl.String() for n in _serving.TEXT_COLUMNS}
    return Rows(file, *_serving.split(pl.LazyFrame(table, schema=schema)))


def _answered(file: LandedFile) -> Iterator[tuple[str, Mapping[str, str], float, str]]:
    for labels, seconds, texts in checked_series(file):
        yield from ((labels.get("__name__", ""), labels, *point) for point in zip(seconds, texts, strict=True))


def _scraped(file: LandedFile, sampled_at: str | None) -> Iterable[tuple[str, Mapping[str, str], float, str]]:
    taken = scraped_seconds(file, sampled_at)
    for sample in (sample for family in families(file) for sample in family.samples):
        seconds = float(sample.timestamp) if sample.timestamp is not None else taken
        if seconds is None:
            raise no_time(file)
        yield sample.name, sample.labels, seconds, str(sample.value)
