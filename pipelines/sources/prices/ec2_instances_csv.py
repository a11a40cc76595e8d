"""The EC2 instance comparison export (`API Name`, `GPUs`, `GPU model`, `On Demand`, …): Linux prices of GPU machines.

Kept are machines with GPUs, not AWS's own accelerators. `On Demand` and `Linux Reserved cost` are offers (the export
does not name the term, hence `reserved`), `Linux Spot Minimum cost` is the lowest of the zones. "unavailable" gives no
row. `source_row` is 3·(data row - 1) + 1 on demand, 2 reserved, 3 spot. The export has no date: it comes from the
file's name (`ec2-2026-08-01.csv`) or from `--option observed_at=…`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.frames import MONEY_DTYPE, csv_texts, utc_instant
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.prices._points import one_row_a_column, price_rows

KIND = "prices"
TABLE = "raw.price_point"
SUMMARY = "EC2 instance comparison export (CSV), GPU machines; its date in the file's name"
MODE = "append"
SCOPE = ""

# Delivered column → commercial terms, statistic.
PRICES: Final[Mapping[str, tuple[str, str]]] = {
    "On Demand": ("on_demand", "offer"),
    "Linux Reserved cost": ("reserved", "offer"),
    "Linux Spot Minimum cost": ("spot", "minimum"),
}
_NEEDED: Final = ("API Name", "GPUs", "GPU model")
_DATE_IN_NAME = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with the export's columns."""
    found: list[Claim] = []
    for file in files:
        if {*_NEEDED, *PRICES} <= set(file.csv_header):
            day = _DATE_IN_NAME.search(PurePosixPath(file.name).name)
            found.append(Claim((file,), f"EC2 prices {file.name}", {"observed_at": day.group()} if day else {}))
    return found


def read(delivery: Delivery) -> Reading:
    """Prices of one GPU-hour: the machine's, divided by its GPUs.

    Raises:
        InputError: nothing says when the prices stood, or a line has more or fewer values than the header.
    """
    return Reading(tuple(_rows(file, delivery.options.get("observed_at", "")) for file in delivery.files))


def _rows(file: LandedFile, observed_at: str) -> Rows:
    moment = utc_instant(observed_at)
    if moment is None:
        raise InputError(
            f"observed_at is {observed_at!r}, which is no date"
            if observed_at
            else "nothing says when the prices stood",
            file=file.name,
            next_step="name the file like ec2-2026-08-01.csv, or add --option observed_at=2026-08-01",
        )
    gpus = pl.col("GPUs").cast(pl.Int32, strict=False)
    terms = {column: term for column, (term, _) in PRICES.items()}
    statistics = {column: statistic for column, (_, statistic) in PRICES.items()}
    machines = (
        csv_texts(file, csv_layout(file))
        .with_row_index("row")
        .with_columns(gpus.alias("gpus"))
        .filter(
            (pl.col("gpus") > 0) | (pl.col("gpus").is_null() & pl.col("GPUs").is_not_null()),
            ~pl.col("GPU model").str.starts_with("AWS "),
        )
    )
    raw = (
        one_row_a_column(machines, list(PRICES), ["API Name", "GPU model", "gpus"])
        .filter(pl.col("price_text") != "unavailable")
        .with_columns(
            pl.lit(moment, dtype=pl.Datetime("us")).alias("observed_at"),
            pl.lit("AWS").alias("provider"),
            pl.col("GPU model").alias("gpu_model_name"),
            pl.col("API Name").alias("instance_type"),
            pl.col("column").replace_strict(terms, return_dtype=pl.String).alias("pricing_model"),
            pl.col("column").replace_strict(statistics, return_dtype=pl.String).alias("statistic"),
            pl.lit("list").alias("price_basis"),
            pl.lit("USD").alias("list_currency"),
            pl.col("price_text")
            .str.extract(r"^\$([0-9]+(?:\.[0-9]+)?) hourly$")
            .cast(MONEY_DTYPE, strict=False)
            .alias("price_usd_per_hour"),
        )
    )
    return price_rows(file, raw)
