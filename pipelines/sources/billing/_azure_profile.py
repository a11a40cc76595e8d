"""What an export of usage details holds, seen by reading it through once: accounts, months, which view, total.

Belongs here: reading rows to recognise what they are. Not here: mapping them, pairing exports.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from pipelines.errors import InputError
from pipelines.sources.billing._azure_dialect import Dialect, dialect_of
from pipelines.sources.billing._azure_terms import COMMITTED, PAID_FOR, UNUSED, USAGE
from pipelines.sources.files import Candidate
from pipelines.sources.sql import NULL_WORDS

MAX_FIELD_CHARS = 1 << 24  # what the loader takes as one line
_NULLS = ("", *NULL_WORDS)
_BLANK = "\ufeff \t\r\n"
_READ = (
    "BenefitId",
    "BillingAccountId",
    "BillingPeriodStartDate",
    "BillingProfileId",
    "ChargeType",
    "Cost",
    "Date",
    "PricingModel",
    "ReservationId",
    "SubscriptionId",
)


@dataclass(slots=True)
class Profile:
    """What the rows of an export are about.

    Attributes:
        agreement: EA, MCA or pay-as-you-go.
        months: (billing account, first day of the billing period) of all rows.
        usage_months: the same, of the rows that are no purchase or refund of a commitment.
        first_day, last_day: of the dates that can be read; '' where none can.
        payments: rows that buy a commitment or pay one back: only the actual view has them.
        worth: rows of use or idle time of a commitment that cost something: only the amortised view has them.
        covered: rows of use under a commitment, at whatever cost.
        cost: sum of all costs; None where one cannot be read.
    """

    agreement: str
    months: set[tuple[str, str]] = field(default_factory=set)
    usage_months: set[tuple[str, str]] = field(default_factory=set)
    first_day: str = ""
    last_day: str = ""
    payments: int = 0
    worth: int = 0
    covered: int = 0
    cost: Decimal | None = Decimal(0)

    @property
    def view(self) -> str:
        """The view that the rows tell: "actual", "amortized", "both", or "" where no commitment is in them."""
        if self.payments and self.worth:
            return "both"
        if self.worth:
            return "amortized"
        return "actual" if self.payments or self.covered else ""


def profile(parts: Sequence[Candidate]) -> Profile:
    """What the rows of an export's parts are about, together.

    Raises:
        InputError: a part is no text in UTF-8, or no CSV.
    """
    dialect = dialect_of(parts[0].columns)
    found = Profile(dialect.agreement)
    for part in parts:
        dialect = dialect_of(part.columns)
        day_of = cache(dialect.day)
        for row in _rows(part, dialect):
            _look(found, row, dialect, day_of)
    return found


def _look(found: Profile, row: Mapping[str, str], dialect: Dialect, day_of: Callable[[str], str | None]) -> None:
    day = day_of(row.get("Date", "")) or ""
    account = row.get("BillingAccountId") or row.get("SubscriptionId", "").lower()
    if dialect.agreement == "MCA":
        account = row.get("BillingProfileId") or account
    start = row.get("BillingPeriodStartDate")
    month = (account, (day_of(start) or start) if start else day[:7])
    found.months.add(month)
    charge, model = _letters(row.get("ChargeType", USAGE)), _letters(row.get("PricingModel", ""))
    named = "BenefitId" in row or "ReservationId" in row
    is_committed = charge in UNUSED or (model in COMMITTED if model else named)
    cost = dialect.amount(row.get("Cost", ""))
    if is_committed and charge in PAID_FOR:
        found.payments += 1
    else:
        found.usage_months.add(month)
        found.covered += is_committed
        found.worth += is_committed and (charge in UNUSED or cost != 0)
        if day:
            found.first_day = min(found.first_day or day, day)
            found.last_day = max(found.last_day, day)
    found.cost = found.cost + cost if found.cost is not None and cost is not None else None


def _letters(text: str) -> str:
    return text.lower().replace(" ", "")


def _rows(part: Candidate, dialect: Dialect) -> Iterator[dict[str, str]]:
    """The columns that matter of every row, as trimmed text; what is null is missing."""
    places = {name: dialect.places(name) for name in _READ}
    pairs = [(name, place) for name, found in places.items() for place in reversed(found)]
    for values in _parquet(part) if part.is_parquet else _csv(part):
        # Where a name has several columns the first with a value counts, so it is written last.
        yield {
            name: value
            for name, place in pairs
            if place < len(values) and (value := values[place].strip(_BLANK)) not in _NULLS
        }


def _csv(part: Candidate) -> Iterator[Sequence[str]]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    with part.content() as content:
        reader = csv.reader(io.TextIOWrapper(content, "utf-8-sig", newline=""))
        try:
            next(reader, None)
            yield from (values for values in reader if values)
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"cannot be read as CSV in UTF-8 ({error})",
                file=part.name,
                line=reader.line_num + 1,
                next_step="copy the file again from where it was exported",
            ) from error


def _parquet(part: Candidate) -> Iterator[Sequence[str]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(part.path) as file:
        for batch in file.iter_batches():
            for values in batch.to_pylist():
                yield ["" if value is None else str(value) for value in values.values()]
