"""How results look in a terminal: tables and progress. No logic."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self, TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

    from pipelines.bills import Reconciliation
    from pipelines.export.focus import Exported
    from pipelines.export.focus_commitments import ExportedCommitments
    from pipelines.settings import Home
    from pipelines.sources.model import Delivery
    from pipelines.warehouse.landing import Added
    from pipelines.warehouse.publish import Publication

PIPED_WIDTH = 160
WIDEST = 100_000


def _console(stream: TextIO | None = None) -> Console:
    console = Console(file=stream, highlight=False)
    # A pipe has no width; a narrow default would cut numbers.
    return console if console.is_terminal else Console(file=stream, highlight=False, width=PIPED_WIDTH)


def money(value: Decimal | float | None, places: int = 2) -> str:
    """An amount with thousands separators, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{places}f}"


class Progress:
    """A line a step with its time; on a terminal the detail under way beside it."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._step = ""
        self._began = time.monotonic()
        self._status = self._console.status("") if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()
        if self._status:
            self._status.stop()

    def say(self, step: str, detail: str) -> None:
        """Show what is under way; a new step closes the one before."""
        if step != self._step:
            self._close()
            self._step, self._began = step, time.monotonic()
        if self._status:
            self._status.update(f"{step}: {detail}")

    def _close(self) -> None:
        if self._step:
            self._console.print(f"  {self._step:<18} {time.monotonic() - self._began:6.1f} s")
            self._step = ""


def added_table(added: Sequence[Added]) -> None:
    """What `tenure add` recognised."""
    table = Table("delivery", "source", "what it is", "rows", "billed", "", "", box=None, pad_edge=False)
    for item in added:
        contents = item.delivery.contents
        table.add_row(
            item.delivery.delivery_id[:8],
            item.delivery.source,
            item.delivery.description,
            f"{contents.rows:,}" if contents else "–",
            money(contents.billed_cost) if contents and contents.billed_cost is not None else "",
            (contents.billing_currencies if contents else None) or "",
            "new" if item.is_new else "already in landing",
        )
    _console().print(table)


def backfill_table(deliveries: Iterable[Delivery], first: date, last: date) -> None:
    """What a backfill will read again."""
    table = Table("delivery", "kind", "what it is", "rows", box=None, pad_edge=False)
    for delivery in deliveries:
        rows = f"{delivery.contents.rows:,}" if delivery.contents else "–"
        table.add_row(delivery.delivery_id[:8], delivery.kind, delivery.description, rows)
    console = _console()
    console.print(f"days {first} to {last} (exclusive); deliveries read again:")
    console.print(table)


def published_table(home: Home, publication: Publication, reasons: Sequence[str]) -> None:
    """Where the published version lies."""
    console = _console()
    console.print(f"published version {publication.version} ({'; '.join(reasons)})")
    console.print(f"  database  {home.current}")
    console.print(f"  parquet   {home.published / 'current' / 'parquet'}")


def decision_table(decisions: pl.DataFrame) -> None:
    """The decision: a row a workload, then the sentence that says it.

    The figures are of the strategy weighed: the one to take or, where that is to stay, its best alternative.
    """
    console = _console()
    if decisions.is_empty():
        console.print("no workload to decide on")
        return
    rows = decisions.to_dicts()
    for (scenario, as_of), group in groupby(rows, lambda row: (row["scenario"], row["as_of_date"])):
        console.print(f"scenario {scenario}, as of {as_of}")
        console.print(_decided(list(group)))
    for row in rows:
        console.print(f"\n{row['sentence']}")
        if row["capacity_plan"]:
            console.print(row["capacity_plan"])


def _decided(rows: Sequence[dict[str, Any]]) -> Table:
    """What to do for each workload of a scenario; the alternative only where it is another."""
    from pipelines.projection.sentences import number_of, share_of_draws

    alternatives = any(row["judged_strategy"] not in (None, row["strategy"]) for row in rows)
    table = Table(box=None, pad_edge=False)
    for name in ("workload", "do", *(["best alternative"] if alternatives else [])):
        table.add_column(name, no_wrap=True)
    for name in ("own GPUs", "commit GPUs", "saves USD (NPV, mean)", "at base", "cheaper in", "paid back after"):
        table.add_column(name, justify="right")
    table.add_column("flips on")
    for row in rows:
        judged = row["judged_strategy"]
        other = [] if not alternatives else [_words(judged) if judged != row["strategy"] else ""]
        share, months = row["cheaper_draws_frac"], row["payback_months"]
        back = "no outlay" if months == 0.0 else "never" if months is None else f"{months:.1f} months"
        table.add_row(
            row["workload"],
            _words(row["strategy"]),
            *other,
            _cell(row["owned_gpus"]),
            "–" if row["committed_gpus"] is None else f"{row['committed_gpus']:.1f}",
            money(row["mean_npv_saving_usd"], 0),
            money(row["npv_saving_usd"], 0),
            "–" if share is None else share_of_draws(share),
            "–" if judged is None else back,
            "–" if judged is None else number_of(row["flips_on"]) if row["flips_on"] else "no single number",
        )
    return table


def _words(name: str | None) -> str:
    return "–" if name is None else name.replace("_", " ")


def status_table(found: dict[str, Any]) -> None:
    """The state of a home."""
    console = _console()
    console.print(f"home {found['home']}")
    console.print(f"version {found['version'] or 'none yet'}, as of {found['as_of'] or '–'}")
    writer = found["writer"]
    if writer:
        console.print(f"being written: {_writer(writer)}; what follows is of the version that stands until it is done")
    place = "not in that version" if writer else "waiting for a refresh"
    console.print(f"{len(found['deliveries'])} deliveries in landing, {len(found['waiting'])} {place}")
    for description in found["waiting"]:
        console.print(f"  waiting: {description}")
    for description in found["unpublished"]:
        console.print(f"  not published yet, the next refresh sees to it: {description}")
    for title in ("freshness", "reconciliation", "unknown_gpu_sku"):
        if found[title]:
            console.print(f"\n{title.replace('_', ' ')}")
            _rows_table(console, found[title])


def _writer(writer: dict[str, Any]) -> str:
    if writer["purpose"] is None:
        return "by whom is not said"
    return f"{writer['purpose']}, since {writer['since']}, pid {writer['pid']} on {writer['host']}"


def reconciliation_tables(found: Reconciliation) -> None:
    """Whether the bills close: each bill and what no bill spans, then the invoices, then what does not close."""
    console = _console()
    bills, services, invoices = found.bills, found.services, found.invoices
    if bills.is_empty() and found.accruals.is_empty():
        console.print("no bill is published")
        return
    table = Table(
        "source", "account", "period", "", "rows", "billed", "effective", "provider says", "unexplained", "status",
        box=None, pad_edge=False,
    )  # fmt: skip
    for row in bills.to_dicts():
        others = {"rejected": row["rejected_rows"], "left out": row["left_out_rows"]}
        lost = [f"{count:,} {what}" for what, count in others.items() if count]
        table.add_row(
            row["source"],
            row["billing_account_id"],
            f"{row['billing_period_date']:%Y-%m}",
            row["billing_currency"],
            f"{row['kept_rows']:,}" + (f" (+ {', '.join(lost)})" if lost else ""),
            money(row["modelled_billed_cost"]),
            money(row["modelled_effective_cost"]),
            money(row["provider_billed_cost"]),
            _cell(row["unexplained_billed_cost"]),
            row["status"],
        )
    for row in found.accruals.to_dicts():
        accrued = ("USD", "–", "–", money(row["accrued_cost_usd"]), "–", "–", "contract accrual, on no bill")
        table.add_row("lease_contract", row["counterparty"], f"{row['billing_period_date']:%Y-%m}", *accrued)
    console.print(table)
    differing = found.differing_bills
    if not differing.is_empty():
        console.print("\nbills that differ from their provider's own total")
        columns = ["source", "billing_account_id", "billing_period_date", "provider_difference_billed_cost",
                   "provider_difference_explanation"]  # fmt: skip
        _rows_table(console, differing.select(columns).to_dicts(), columns)
    if not invoices.is_empty():
        console.print("\ninvoices as stated")
        columns = ["invoice_id", "billing_account_id", "billing_currency", "stated_billed_cost", "modelled_billed_cost",
                   "difference_billed_cost", "match_basis", "explanation"]  # fmt: skip
        _rows_table(console, invoices.select(columns).to_dicts(), columns)
    if services.is_empty():
        console.print(f"\nevery service of every bill closes: nothing was lost between file and model{_but(found)}")
    else:
        console.print("\nservices that do not close (a defect: run tenure refresh --force, then report it)")
        _rows_table(console, services.to_dicts(), services.columns)


def _but(found: Reconciliation) -> str:
    """What does not close all the same: invoices that are not what their lines add up to; '' where all are."""
    counts = Counter(found.differing_invoices["explanation"])
    if not counts:
        return ""
    how = ", ".join(f"{count:,} {explanation}" for explanation, count in sorted(counts.items()))
    return (
        f"\nbut {counts.total():,} of {found.invoices.height:,} invoices as stated differ from their lines ({how}): "
        "compare the document, and ask the issuer"
    )


def exported_lines(done: Exported) -> None:
    """What an export holds."""
    console = _console()
    console.print(f"wrote {done.path}")
    console.print(f"  FOCUS {done.version}: {done.leased_rows:,} leased and {done.owned_rows:,} owned rows")
    for currency, billed in done.billed_cost.items():
        console.print(f"  {currency} billed {money(billed)}, effective {money(done.effective_cost[currency])}")


def exported_commitments_lines(done: ExportedCommitments) -> None:
    """What an export of lease contracts holds."""
    console = _console()
    console.print(f"wrote {done.path}")
    console.print(f"  FOCUS 1.4: {done.commitments:,} commitments of {done.contracts:,} contracts")
    console.print(f"  USD committed {money(done.committed_usd)}")


def known_table(frame: pl.DataFrame, at: datetime) -> None:
    """What was known of the bills at a time, beside what is known now; why nothing was, where nothing was."""
    table = Table(
        "source", "account", "month", "", "known until", "billed then", "billed now", "change", "effective then",
        "effective now", box=None, pad_edge=False,
    )  # fmt: skip
    for row in frame.to_dicts():
        table.add_row(
            row["source"],
            row["billing_account_id"],
            f"{row['month_date']:%Y-%m}",
            row["billing_currency"],
            _cell(row["known_until_date"]),
            money(row["known_billed_cost"]),
            money(row["now_billed_cost"]),
            money(row["change_billed_cost"]),
            money(row["known_effective_cost"]),
            money(row["now_effective_cost"]),
        )
    console = _console()
    console.print(table)
    first = frame["first_known_at"].min()
    if isinstance(first, datetime) and first > at:
        console.print(f"nothing was known at {at:%Y-%m-%d %H:%M}: the first of it arrived at {first:%Y-%m-%d %H:%M}")


def unit_cost_table(frame: pl.DataFrame) -> None:
    """Cost and unit costs by what they are grouped by, and the sum of all."""
    by = frame.columns[0]
    numbers = (
        "USD", "of it idle", "GPU-h paid", "held", "measured", "busy", "USD/h paid", "held", "busy", "M tokens",
        "USD/M", "USD/request", "jobs", "USD failed",
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    table.add_column(by.replace("_", " "), no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right")
    for row in frame.to_dicts():
        counted = [row["input_tokens_count"], row["output_tokens_count"]]
        tokens = None if None in counted else sum(counted) / 1_000_000
        jobs = row["completed_jobs_count"]
        table.add_row(
            str(row[by]),
            money(row["total_cost_usd"]),
            money(row["idle_cost_usd"]),
            *(money(row[f"gpu_hours_{basis}"], 0) for basis in ("paid", "allocated", "measured", "busy")),
            *(money(row[f"cost_usd_per_{basis}_gpu_hour"], 3) for basis in ("paid", "allocated", "busy")),
            money(tokens, 1),
            money(row["cost_usd_per_1m_tokens"], 3),
            money(row["cost_usd_per_request"], 5),
            "–" if jobs is None else f"{jobs:,.0f}",
            money(row["unfinished_job_cost_usd"]),
        )
    console = _console()
    console.print(table)
    console.print(f"{money(frame['total_cost_usd'].sum())} USD in all; – where a unit was not counted")
    unknown = frame["hours_unknown_cost_usd"].sum()
    if unknown:
        do = "charge for GPUs" if unknown > 0 else "give back cost of GPUs"
        console.print(
            f"{money(unknown)} USD of the idle cost is of unknown hours: bills {do} without saying for how many, so "
            "that nobody can be said to have held them"
        )


def restatements_table(frame: pl.DataFrame) -> None:
    """What later deliveries changed; where only an invoice's number came, no amount did."""
    table = Table(
        "changed at", "delivery", "account", "period", "service", "", "days", "before", "after", "change",
        "effective", box=None, pad_edge=False,
    )  # fmt: skip
    for row in frame.to_dicts():
        table.add_row(
            f"{row['changed_at']:%Y-%m-%d %H:%M}",
            row["delivery"],
            row["sub_account_id"] or row["billing_account_id"],
            f"{row['billing_period_date']:%Y-%m}",
            row["service_name"] or "–",
            row["billing_currency"],
            f"{row['changed_days']:,}",
            money(row["before_billed_cost"]),
            money(row["after_billed_cost"]),
            money(row["change_billed_cost"]),
            money(row["change_effective_cost"]),
        )
    console = _console()
    console.print(table)
    console.print(f"{frame.height} changes of days that were known before")


def scenarios_table(rows: Sequence[dict[str, Any]]) -> None:
    """Scenarios with their questions."""
    console = _console()
    if not rows:
        console.print("no scenario in this home")
        return
    table = Table("scenario", "demand", "variants", "question", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["scenario"], row["demand"], str(row["variants"]), row["question"])
    console.print(table)


def frame_table(frame: pl.DataFrame) -> None:
    """A query's result."""
    console = _console()
    _rows_table(console, frame.to_dicts(), frame.columns)
    console.print(f"{frame.height} rows")


def _rows_table(console: Console, rows: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> None:
    table = Table(*(columns or rows[0].keys()), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    if not console.is_terminal:  # as wide as its values: half a number is a wrong one
        needed = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
        console.width = max(console.width, needed)
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
