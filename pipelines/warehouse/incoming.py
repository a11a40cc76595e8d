"""What a delivery holds, counted without keeping it; and what makes one be refused whole.

Belongs here: counts, sums and refusals of a delivery. Not here: how a file is read (`mapped`), which delivery is the
latest (`load`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from pipelines.contracts import Contract, contract_for
from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.settings import Settings
from pipelines.sources import source_named
from pipelines.sources.model import Contents, Delivery
from pipelines.warehouse.connect import as_written, in_memory
from pipelines.warehouse.mapped import KEPT, Part, opened
from pipelines.warehouse.reader import reading_errors


@dataclass(frozen=True, slots=True)
class Period:
    """SQL of what dates rows: from the first they touch, less `before`, to the last and `after`.

    What is added to each row's time is added to the first and last alone: it is as true, and millions of times less.
    """

    first: str
    last: str
    before: str = "interval 0 day"
    after: str = "interval 0 day"

    def start(self, which: str = "true") -> str:
        """Aggregate: the start of those rows that meet a condition."""
        return f"cast(min({self.first}) filter ({which}) - {self.before} as timestamp)"

    def end(self, which: str = "true") -> str:
        """Aggregate: their end."""
        return f"cast(max({self.last}) filter ({which}) + {self.after} as timestamp)"


# What dates a row: the days whose models it touches, and how far its data reach.
PERIODS = {
    "raw.cost_line": Period(
        "least(charge_period_start, billing_period_start)",
        "greatest(date_trunc('day', charge_period_start) + interval 1 day, billing_period_end)",
    ),
    # A sample is also what the first of the next day is measured against.
    "raw.gpu_sample": Period("sampled_at", "sampled_at", "interval 1 day", "interval 1 day"),
    "raw.price_point": Period("observed_at", "observed_at", after="interval 1 second"),
    "raw.fx_rate": Period("rate_date", "rate_date", after="interval 1 day"),
    "raw.energy_price": Period("starts_at", "ends_at"),
    # The reading before speaks until this one comes, for five minutes at most; the one after for as long as it follows.
    "raw.node_power_sample": Period("sampled_at", "sampled_at", "interval 5 minutes", "interval 10 minutes"),
    # A counter's rise is told from the sample before, and up to the one after.
    "raw.serving_sample": Period("sampled_at", "sampled_at", "interval 1 day", "interval 1 day"),
    # Labels of samples go where the run of their day goes, and a sample of its first day speaks for the evening before.
    "raw.job_record": Period(
        "coalesce(started_at, submitted_at)",
        "coalesce(ended_at, known_until_at, started_at, submitted_at)",
        "interval 1 day",
    ),
    "raw.asset": Period("ordered_date", "ordered_date", after="interval 1 day"),
    "raw.lease_contract": Period("start_date", "start_date", after="interval 1 day"),
}
NO_PERIOD = Period("cast(null as timestamp)", "cast(null as timestamp)")
DATA_UNTIL = {
    "raw.cost_line": "max(charge_period_end) filter (where charge_category = 'Usage')",
    "raw.gpu_sample": "max(sampled_at)",
    "raw.price_point": "max(observed_at)",
    "raw.node_power_sample": "max(sampled_at)",
    "raw.serving_sample": "max(sampled_at)",
    "raw.job_record": "max(coalesce(known_until_at, started_at, submitted_at))",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What one part, or all of a delivery, holds.

    Attributes:
        kept, rejected, left_out: data rows.
        unreadable: rejected rows whose cost cannot be read.
        billed_cost: sum over kept rows, in billing currency; None where there is no cost.
        billing_currencies: of that cost.
        kept_size, rejected_size: sums of absolute cost, in billing currency.
        first_date, last_date, data_until: as in `Contents`.
    """

    kept: int
    rejected: int
    left_out: int
    unreadable: int
    billed_cost: Decimal | None
    billing_currencies: list[str] | None
    kept_size: Decimal | None
    rejected_size: Decimal | None
    first_date: date | None
    last_date: date | None
    data_until: datetime | None

    @property
    def delivered(self) -> int:
        """All data rows."""
        return self.kept + self.rejected + self.left_out


def inspect(delivery: Delivery, settings: Settings) -> Contents:
    """Read a delivery as loading would, and keep nothing: what is wrong with it shows before it is accepted.

    Raises:
        InputError: it could not be loaded.
    """
    source = source_named(delivery.source)
    contract = contract_for(source.TABLE)
    reading = source.read(delivery)
    with (
        in_memory(settings) as connection,
        as_written(connection),
        opened(connection, delivery, contract, reading, scratch=settings.paths.warehouse / "spill") as parts,
    ):
        tallies = [tally(connection, contract, part) for part in parts]
        whole = added_up(tallies)
        check_not_empty(delivery, parts, whole.delivered)
        check_rejects(connection, contract, parts, whole, settings)
    return Contents(
        rows=whole.kept,
        rejected_rows=whole.rejected,
        left_out_rows=whole.left_out,
        billed_cost=whole.billed_cost,
        billing_currencies=", ".join(whole.billing_currencies) if whole.billing_currencies else None,
        first_date=whole.first_date,
        last_date=whole.last_date,
        data_until=whole.data_until,
    )


def data_until(contract: Contract) -> str:
    """SQL of how far rows of the contract reach: the newest use, sample or price."""
    return DATA_UNTIL.get(contract.table, "cast(null as timestamp)")


def tally(connection: duckdb.DuckDBPyConnection, contract: Contract, part: Part) -> Tally:
    """Count a part in one pass.

    Raises:
        InputError: the file cannot be read.
        IncompleteDeliveryError: it holds fewer or more rows than its manifest promises.
    """
    period = PERIODS.get(contract.table, NO_PERIOD)
    cost = "billed_cost" if "billed_cost" in contract.by_name else "cast(null as decimal(38,18))"
    currency = "billing_currency" if "billing_currency" in contract.by_name else "cast(null as varchar)"
    with reading_errors(part.name):
        row = connection.execute(
            f"select count(*) filter ({KEPT}), count(reject_reason), count(left_out_reason), "
            "count(*) filter (reject_reason is not null and reject_cost is null), "
            f"sum({cost}) filter ({KEPT}), list(distinct {currency}) filter ({KEPT} and {currency} is not null), "
            f"sum(abs({cost})) filter ({KEPT}), sum(abs(reject_cost)), "
            f"cast({period.start('left_out_reason is null')} as date), "
            f"cast({period.end('left_out_reason is null')} + interval 1 day - interval 1 microsecond as date), "
            f"{data_until(contract)} from ({part.sql})"
        ).fetchone()
    counted = Tally(*row)  # type: ignore[misc]
    check_promise(part, counted.delivered)
    return counted


def added_up(tallies: Sequence[Tally]) -> Tally:
    """The parts of a delivery together."""

    def total(name: str) -> Decimal | None:
        values = [getattr(item, name) for item in tallies if getattr(item, name) is not None]
        return sum(values, Decimal(0)) if values else None

    def known(name: str) -> list[datetime]:
        return [getattr(item, name) for item in tallies if getattr(item, name) is not None]

    return Tally(
        kept=sum(item.kept for item in tallies),
        rejected=sum(item.rejected for item in tallies),
        left_out=sum(item.left_out for item in tallies),
        unreadable=sum(item.unreadable for item in tallies),
        billed_cost=total("billed_cost"),
        billing_currencies=sorted({name for item in tallies for name in item.billing_currencies or ()}),
        kept_size=total("kept_size"),
        rejected_size=total("rejected_size"),
        first_date=min(known("first_date"), default=None),
        last_date=max(known("last_date"), default=None),
        data_until=max(known("data_until"), default=None),
    )


def check_promise(part: Part, delivered: int) -> None:
    """Refuse a file that is not as long as its manifest says.

    Raises:
        IncompleteDeliveryError: it is shorter or longer.
    """
    if part.expected_rows is not None and delivered != part.expected_rows:
        raise IncompleteDeliveryError(
            f"the manifest promises {part.expected_rows:,} rows, the file holds {delivered:,}",
            file=part.name,
            next_step="copy the delivery again",
        )


def check_not_empty(delivery: Delivery, parts: Sequence[Part], delivered: int) -> None:
    """Refuse a delivery without data rows, which is legal only where its manifest promises none.

    Raises:
        InputError: nothing says that it should be empty.
    """
    is_promised = bool(parts) and all(part.expected_rows == 0 for part in parts)
    if not delivered and not is_promised:
        raise InputError(
            "the delivery holds no data rows, and no manifest says that it should",
            file=delivery.files[0].name,
            next_step="export it again, or leave it out until there is data",
        )


def check_rejects(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    parts: Sequence[Part],
    whole: Tally,
    settings: Settings,
) -> None:
    """Refuse the delivery where rejected rows hold too much of its cost, or a cost nobody can read.

    Raises:
        InputError: names the first such row by file and line.
    """
    if not whole.rejected:
        return
    costs_money = "billed_cost" in contract.by_name
    share = 1.0
    if costs_money and not whole.unreadable:
        rejected = whole.rejected_size or Decimal(0)
        size = rejected + (whole.kept_size or Decimal(0))
        share = float(rejected / size) if size else 0.0
    elif not costs_money:
        share = whole.rejected / whole.delivered
    if share <= settings.max_rejected_cost_frac and not (costs_money and whole.unreadable):
        return
    part, row, reason, value = _first_rejected(connection, parts)
    shown = f" (value {value!r})" if value is not None else ""
    raise InputError(
        f"{reason}{shown}; {whole.rejected:,} of {whole.delivered:,} rows cannot be kept",
        file=part.name,
        line=part.line(row),
        next_step="mend or export the file again; nothing of this delivery was loaded",
    )


def _first_rejected(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> tuple[Part, int, str, str | None]:
    for part in sorted(parts, key=lambda item: item.name):
        found = connection.execute(
            f"select source_row, reject_reason, reject_value from ({part.sql}) "
            "where reject_reason is not null order by source_row limit 1"
        ).fetchone()
        if found:
            return (part, *found)
    raise ValueError("no part holds a rejected row")
