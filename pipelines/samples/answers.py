"""The known answer for bills and telemetry, from the generator's own ledgers.

Every number is exact: sums of decimals and whole seconds, never of what was written to a file. Owned cost stands in
`owned_answer`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.samples.activity import MJ_PER_DW_HOUR, GpuHour
from pipelines.samples.schedule import WORKLOAD_KINDS
from pipelines.samples.telemetry import SOURCING, scraped_counter_mj
from pipelines.samples.textfiles import csv_text, write_text
from pipelines.samples.world import GPUS_PER_MACHINE, CostFact, instant, month_text, plain

MJ_PER_WH: Final = 3_600_000
SECONDS: Final = 3600


def write_answer(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write an answer table; decimals as plain text."""
    texts = ([plain(value) if isinstance(value, Decimal) else value for value in row] for row in rows)
    write_text(path, csv_text(header, texts))


def _grouped(
    facts: list[CostFact], key: Callable[[CostFact], tuple[str, ...]]
) -> dict[tuple[str, ...], list[CostFact]]:
    groups: dict[tuple[str, ...], list[CostFact]] = defaultdict(list)
    for fact in facts:
        groups[key(fact)].append(fact)
    return dict(sorted(groups.items()))


def _total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def write_billing_answers(answer_dir: Path, facts: list[CostFact]) -> None:
    """Write what the bills add up to after restatement, USD.

    `billing_by_period`: lines, billed and effective cost by the period they were invoiced in. Effective: of a savings
    plan, its rate for each hour used and the unused rest of each hour's commitment; of a reservation, its price for
    each hour, used or not, and nothing for its purchase; of every other line, its billed cost.

    `billing_by_service`: the same by the provider's service, over all periods.

    `leased_gpu_hours_by_month`: by the month the charge is for. `machine_hours` are hours of a machine that was there
    (on demand, covered or reserved and used), `gpu_hours` eight times as many. `unused_commitment_hours` are the hours
    in which nothing of a commitment was used; `unused_commitment_cost` is the effective cost of every unused part, so
    it holds the savings plan's small rest of each used hour, too. Each source sells one machine type here; unused
    savings-plan lines do not name it.
    """
    by_period = _grouped(facts, lambda fact: (fact.source, fact.account, fact.period))
    write_answer(
        answer_dir / "billing_by_period.csv",
        ("source", "billing_account_id", "billing_period", "lines", "billed_cost", "effective_cost"),
        (
            (*key, len(group), _total(fact.billed for fact in group), _total(fact.effective for fact in group))
            for key, group in by_period.items()
        ),
    )
    by_service = _grouped(facts, lambda fact: (fact.source, fact.account, fact.service))
    write_answer(
        answer_dir / "billing_by_service.csv",
        ("source", "billing_account_id", "service_name", "lines", "billed_cost", "effective_cost"),
        (
            (*key, len(group), _total(fact.billed for fact in group), _total(fact.effective for fact in group))
            for key, group in by_service.items()
        ),
    )
    machine_lines = [fact for fact in facts if fact.instance_type]
    by_month = _grouped(machine_lines, lambda fact: (fact.source, fact.instance_type, fact.usage_month))
    write_answer(
        answer_dir / "leased_gpu_hours_by_month.csv",
        (
            "source",
            "instance_type",
            "usage_month",
            "machine_hours",
            "gpu_hours",
            "unused_commitment_hours",
            "unused_commitment_cost",
        ),
        (
            (
                *key,
                sum(fact.machine_hours for fact in group),
                GPUS_PER_MACHINE * sum(fact.machine_hours for fact in group),
                sum(fact.unused_hours for fact in group),
                _total(fact.unused for fact in group),
            )
            for key, group in by_month.items()
        ),
    )


def write_usage_answer(answer_dir: Path, ledger: list[GpuHour]) -> None:
    """Write `usage_by_workload_month`: GPU-seconds by month of the hour's start, sourcing and workload.

    Seconds are those of samples that say what they cover: the CSV's. The gap is in no column. `observed_gpu_seconds`
    are covered by a sample; `allocated_gpu_seconds` of them carry a workload's label; `busy_gpu_seconds` have a
    utilisation above zero. The workload '' is time without a label, or under the exporter's own: observed, not
    allocated, and busy where someone worked outside the scheduler.

    The Prometheus answers and the `/metrics` text do not say what time a point speaks for, and stand an hour apart.
    Their points are counted as `lone_samples`, and those above zero as `lone_busy_samples`; whoever lets a lone sample
    speak for s seconds adds s times these.
    """
    totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    months: dict[int, str] = {}
    for row in ledger:
        if row.delivered_as == "gap":
            continue
        month = months.setdefault(row.hour, month_text(instant(row.hour)))
        workload = row.job.workload if row.job else ""
        total = totals[month, SOURCING[row.card.node], workload]
        busy = row.util > 0
        if row.delivered_as == "csv":
            total[0] += SECONDS
            total[1] += SECONDS if workload else 0
            total[2] += SECONDS if busy else 0
        else:
            total[3] += 1
            total[4] += busy
    write_answer(
        answer_dir / "usage_by_workload_month.csv",
        (
            "usage_month",
            "sourcing",
            "workload",
            "workload_kind",
            "observed_gpu_seconds",
            "allocated_gpu_seconds",
            "busy_gpu_seconds",
            "lone_samples",
            "lone_busy_samples",
        ),
        ((*key, WORKLOAD_KINDS.get(key[2], ""), *total) for key, total in sorted(totals.items())),
    )


def write_energy_answer(answer_dir: Path, ledger: list[GpuHour]) -> None:
    """Write `energy_by_month`: Wh by month, sourcing and node.

    `energy_counter_wh`: differences of consecutive readings of each card's counter, in the month of the start of the
    hour that the later reading ends. A fall is a reset: the later reading counts as it is. Across the gap the counter
    ran on, so nothing is lost; the reading of 23:59:30 lacks half a minute. A card's first reading has no predecessor
    and counts nothing: `first_reading_gauge_wh` is the mean power of those hours times one hour, for whoever fills them
    in. `energy_gauge_wh`: mean power times one hour over all samples that say they cover an hour and hold a power; it
    misses the gap, the sentinel, the Prometheus day and the scrape.
    """
    totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    months: dict[int, str] = {}
    previous: dict[str, int] = {}
    for row in ledger:
        kind = row.delivered_as
        if kind == "gap":
            continue
        month = months.setdefault(row.hour, month_text(instant(row.hour)))
        total = totals[month, SOURCING[row.card.node], row.card.node]
        reading = scraped_counter_mj(row) if kind == "scrape" else row.counter_mj
        before = previous.get(row.card.uuid)
        if before is None:
            total[1] += row.power_dw * MJ_PER_DW_HOUR
        else:
            total[0] += reading - before if reading >= before else reading
        previous[row.card.uuid] = reading
        if kind == "csv" and not row.power_is_sentinel:
            total[2] += row.power_dw * MJ_PER_DW_HOUR
    write_answer(
        answer_dir / "energy_by_month.csv",
        ("usage_month", "sourcing", "node", "energy_counter_wh", "first_reading_gauge_wh", "energy_gauge_wh"),
        ((*key, *(Decimal(mj) / MJ_PER_WH for mj in total)) for key, total in sorted(totals.items())),
    )
