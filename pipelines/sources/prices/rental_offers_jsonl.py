"""Snapshots of a market place's rental offers: one JSON object a line, one GPU model a line, every half hour.

A line gives statistics over all offers and per provider, of spot and on-demand offers alike: hence `mixed`. Kept are
the minimum, median and mean over all offers, and each provider's mean, so that a change in who offers can be told from
a change in price. `source_row` is 1000·(line - 1) + position: 1 minimum, 2 median, 3 mean, then the providers by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import MONEY_DTYPE, read_text, utc_instant
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.prices._points import price_rows

KIND = "prices"
TABLE = "raw.price_point"
SUMMARY = "Half-hourly rental offers of a market place (JSON lines with price_stats and by_provider)"
MODE = "append"
SCOPE = ""

ROWS_PER_LINE: Final = 1000
_KEYS: Final = frozenset({"timestamp", "gpu_type", "price_stats", "by_provider"})
_STATISTICS: Final[Mapping[str, str]] = {"min": "minimum", "median": "median", "mean": "mean"}
_SCHEMA: Final = pl.Schema(
    {
        "source_row": pl.Int64(),
        "observed_at": pl.Datetime("us"),
        "provider": pl.String(),
        "gpu_model_name": pl.String(),
        "statistic": pl.String(),
        "offers_count": pl.Int32(),
        "price_text": pl.String(),
    }
)


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file whose first line is such a snapshot."""
    return [Claim((file,), f"rental offers {file.name}") for file in files if _is_feed(file)]


def read(delivery: Delivery) -> Reading:
    """Statistics of every snapshot, in file order.

    Raises:
        InputError: a line is not JSON, or not a snapshot.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _is_feed(file: Candidate) -> bool:
    first = file.head_text.split("\n", 1)[0]
    if not first.startswith("{"):
        return False
    try:
        snapshot = json.loads(first)
    except json.JSONDecodeError:
        return False
    return isinstance(snapshot, dict) and snapshot.keys() >= _KEYS


def _rows(file: LandedFile) -> Rows:
    points = [
        point
        for line, text in enumerate(read_text(file).split("\n"), start=1)
        if text.strip()
        for point in _points(file, line, text)
    ]
    raw = pl.LazyFrame(points, schema=_SCHEMA, orient="row").with_columns(
        pl.col("price_text").cast(MONEY_DTYPE, strict=False).alias("price_usd_per_hour"),
        pl.lit(1).alias("gpus"),
        pl.lit("mixed").alias("pricing_model"),
        pl.lit("list").alias("price_basis"),
        pl.lit("USD").alias("list_currency"),
    )
    return price_rows(file, raw)


def _points(file: LandedFile, line: int, text: str) -> Iterator[tuple[object, ...]]:
    """The price points of one snapshot, as rows of `_SCHEMA`. Numbers stay text on their way to DECIMAL."""
    try:
        snapshot: Any = json.loads(text, parse_float=str, parse_int=str)
        stats, providers = snapshot["price_stats"], snapshot["by_provider"]
        gpu = " ".join(part for part in (snapshot["gpu_type"], snapshot.get("socket_type")) if part)
        observed_at = utc_instant(str(snapshot["timestamp"]))
        offers = {name: int(entry["count"]) for name, entry in sorted(providers.items())}
        prices = [(None, statistic, sum(offers.values()), stats[key]) for key, statistic in _STATISTICS.items()]
        prices += [(name, "mean", count, providers[name]["avg"]) for name, count in offers.items()]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"the line is no snapshot of offers ({type(error).__name__}: {error})",
            file=file.name,
            line=line,
            next_step="copy the file again; the last line may have been cut while it was written",
        ) from error
    if len(prices) > ROWS_PER_LINE:
        raise InputError(
            f"the snapshot has {len(offers)} providers",
            file=file.name,
            line=line,
            next_step=f"at most {ROWS_PER_LINE - len(_STATISTICS)} fit; leave the rest out",
        )
    for position, (provider, statistic, count, price) in enumerate(prices, start=1):
        # Without an offer there is no price to miss.
        if count or price is not None:
            row = ROWS_PER_LINE * (line - 1) + position
            yield row, observed_at, provider, gpu, statistic, count, None if price is None else str(price)
