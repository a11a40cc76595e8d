"""Properties of loading, over deliveries of any content: how it is cut, in which order it comes, how often, how large.

Every example is a home of its own, and small. What should be loaded is told by Python's own means.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
from _homes import add, ask, focus_line, load, settings_of, write_lines
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.contracts import LINEAGE, contract_for
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_warehouse

few = hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Within DECIMAL(38,18), as text that exports write.
amounts = st.decimals("-1000000", "1000000", places=18).map(str) | st.sampled_from(["0", "-0", "1E-05", "-2.5e-7", "7"])
charges = st.lists(st.tuples(amounts, st.integers(1, 28)), min_size=1, max_size=9)
LINE = dict[str, str]


@st.composite
def cut(draw: st.DrawFn) -> tuple[list[LINE], list[list[LINE]], list[int]]:
    """Lines, the same cut into parts of any size, none among them, and an order of the parts."""
    lines = [focus_line(f"r{number}", cost, day=day) for number, (cost, day) in enumerate(draw(charges))]
    places = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=4)))
    parts = [lines[first:last] for first, last in itertools.pairwise([0, *places, len(lines)])]
    return lines, parts, draw(st.permutations(range(len(parts))))


def content(settings: Settings) -> list[tuple[object, ...]]:
    """All of the cost lines but where they stood."""
    names = [column.name for column in contract_for("raw.cost_line").columns if column not in LINEAGE]
    return ask(settings, f"select {', '.join(names)} from raw.cost_line order by all")


def alone(folder: Path, lines: Sequence[LINE]) -> list[tuple[object, ...]]:
    """What a single file of the lines is loaded as."""
    settings = settings_of(folder / "alone")
    add(settings, write_lines(folder / "alone/focus.csv", lines))
    load(settings)
    return content(settings)


def cur_parts(root: Path, parts: Sequence[Sequence[LINE]], assembly: str = "a1") -> list[Path]:
    """The lines as a report of AWS in that many files, with its manifests."""
    period = root / "gpu/20260801-20260901"
    (period / assembly).mkdir(parents=True)
    keys = [f"gpu/20260801-20260901/{assembly}/gpu-{number:05}.csv.gz" for number in range(1, len(parts) + 1)]
    files = []
    names = {
        "bill/PayerAccountId": "BillingAccountId",
        "bill/BillingPeriodStartDate": "BillingPeriodStart",
        "bill/BillingPeriodEndDate": "BillingPeriodEnd",
        "lineItem/LineItemType": "ChargeCategory",
        "lineItem/UsageStartDate": "ChargePeriodStart",
        "lineItem/UsageEndDate": "ChargePeriodEnd",
        "lineItem/CurrencyCode": "BillingCurrency",
        "lineItem/UnblendedCost": "BilledCost",
        "lineItem/ResourceId": "ResourceId",
    }
    for key, lines in zip(keys, parts, strict=True):
        text = "\n".join([",".join(names), *(",".join(line[name] for name in names.values()) for line in lines), ""])
        files.append(root / key)
        files[-1].write_bytes(gzip.compress(text.encode(), mtime=0))
    manifest = {
        "assemblyId": assembly,
        "reportName": "gpu",
        "billingPeriod": {"start": "20260801T000000.000Z", "end": "20260901T000000.000Z"},
        "reportKeys": keys,
    }
    for place in (period / assembly, period):
        files.append(place / "gpu-Manifest.json")
        files[-1].write_text(json.dumps(manifest))
    return files


def told(lines: Sequence[LINE]) -> list[tuple[str, Decimal]]:
    """Resource and cost of each line."""
    return sorted((line["ResourceId"], Decimal(line["BilledCost"])) for line in lines)


@few
@given(made=cut(), times=st.integers(1, 2))
def test_focus_in_any_parts_in_any_order_however_often_is_the_same_rows(tmp_path_factory, made, times: int) -> None:
    """B03, B05, B06: numbered parts; the delivery again under other names of folders."""
    lines, parts, order = made
    folder = tmp_path_factory.mktemp("focus")
    settings = settings_of(folder)
    for time in range(times):
        files = [
            write_lines(folder / f"in{time}/focus-{number:05}.csv", part) for number, part in enumerate(parts, start=1)
        ]
        add(settings, *(files[position] for position in order), day=time)
        load(settings)
    assert content(settings) == alone(folder, lines)
    assert ask(settings, "select resource_id, billed_cost from raw.cost_line order by all") == told(lines)


@few
@given(made=cut(), times=st.integers(1, 2))
def test_a_report_of_aws_in_any_parts_in_any_order_however_often_is_the_same_rows(
    tmp_path_factory, made, times: int
) -> None:
    """B03, B05, B06: with its manifest; the whole as a single file comes to the same rows."""
    lines, parts, order = made
    folder = tmp_path_factory.mktemp("cur")
    settings, single = settings_of(folder), settings_of(folder / "single")
    for time in range(times):
        files = cur_parts(folder / f"in{time}", parts)
        wanted = [files[position] for position in order] + files[len(parts) :]
        add(settings, *wanted, day=time)
        load(settings)
    add(single, *cur_parts(folder / "whole", [lines]))
    load(single)
    assert content(settings) == content(single)
    assert ask(settings, "select resource_id, billed_cost from raw.cost_line order by all") == told(lines)


@few
@given(versions=st.lists(charges, min_size=2, max_size=4), data=st.data())
def test_versions_in_any_order_of_arrival_leave_the_latest(tmp_path_factory, versions, data: st.DataObject) -> None:
    """B09, B17, B02: each reaches a day further; arriving one by one, or loaded at once."""
    folder = tmp_path_factory.mktemp("versions")
    settings = settings_of(folder)
    order = data.draw(st.permutations(range(len(versions))))
    load_each = data.draw(st.booleans())
    made = []
    for number, version in enumerate(versions):
        lines = [focus_line(f"r{place}", cost, day=min(day, 20)) for place, (cost, day) in enumerate(version)]
        made.append([*lines, focus_line("last", "1", day=21 + number)])
    for arrival, number in enumerate(order):
        add(settings, write_lines(folder / f"v{number}.csv", made[number]), day=arrival)
        if load_each:
            load(settings)
    load(settings)
    assert ask(settings, "select resource_id, billed_cost from raw.cost_line order by all") == told(made[-1])


@few
@given(version=charges, factor=st.integers(-1000, 1000).filter(lambda factor: factor not in (0, 1)))
def test_money_times_a_factor_gives_every_sum_times_it(tmp_path_factory, version, factor: int) -> None:
    """M01: in the lines, in what is remembered by day, and in the ledger."""
    folder = tmp_path_factory.mktemp("scaled")
    settings = settings_of(folder)
    for account, times in (("one", 1), ("many", factor)):
        lines = [
            focus_line(f"r{number}", str(Decimal(cost) * times), day=day, BillingAccountId=account)
            for number, (cost, day) in enumerate(version)
        ]
        add(settings, write_lines(folder / f"{account}.csv", lines))
    load(settings)
    for table, sums in (
        ("raw.cost_line", "billing_account_id, charge_period_start, sum(billed_cost), sum(effective_cost)"),
        ("meta.cost_known_daily", "billing_account_id, charge_date, sum(billed_cost), sum(effective_cost)"),
        ("meta.delivery", "split_part(scope, '|', 2), 1, sum(billed_cost), sum(effective_cost)"),
    ):
        found = ask(settings, f"select {sums} from {table} group by all order by all")
        by_account = {name: [row[1:] for row in found if row[0] == name] for name in ("one", "many")}
        assert by_account["many"] == [
            (day, factor * billed, factor * worth) for day, billed, worth in by_account["one"]
        ]


@few
@given(costs=st.lists(st.decimals("-99999999", "99999999", places=20).map(str), min_size=1, max_size=40))
def test_duckdb_polars_and_decimal_agree(tmp_path_factory, costs: list[str]) -> None:
    """M01, T06: to the last digit on what is stored; to the cent where each rounds the 20 places of the text itself."""
    folder = tmp_path_factory.mktemp("three")
    settings = settings_of(folder)
    lines = [focus_line(f"r{number}", cost) for number, cost in enumerate(costs)]
    add(settings, write_lines(folder / "focus.csv", lines))
    load(settings)
    with reading_warehouse(settings) as connection:
        (duckdb_sum,) = connection.execute("select sum(billed_cost) from raw.cost_line").fetchone()
        stored = connection.execute("select billed_cost from raw.cost_line").pl()["billed_cost"]
    decimal_sum = sum(Decimal(cost).quantize(Decimal("1e-18"), ROUND_HALF_UP) for cost in costs)
    assert (duckdb_sum, stored.sum()) == (decimal_sum, decimal_sum)
    # Polars rounds half to even where the others round half away: a few units of the last place.
    polars_sum = pl.Series(costs).cast(pl.Decimal(38, 18)).sum()
    assert abs(polars_sum - sum(map(Decimal, costs))) < Decimal("1e-16")
