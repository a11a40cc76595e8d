"""Unit costs of several days, on the page and by the verb: what ran where cost is unknown makes nothing cheap."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from _published import PROJECTIONS, idle_cost, publish_home, tco

from pipelines.costs import unit_costs
from pipelines.report.queries import UNIT_COSTS
from pipelines.settings import Settings
from pipelines.terminal import unit_cost_table
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.tables import query

DAY = date(2026, 8, 30)
# 1,000.10 USD for ten million tokens and 50 busy hours; as much again was served where no bill has come yet.
OUTPUT = {"input_tokens_count": 9_000_000, "output_tokens_count": 1_000_000, "requests_count": 1_000}
BILLED = tco(DAY, "chat", "leased", "1000.00", "0.00", 100.0) | OUTPUT | {"gpu_hours_measured": 61.0}
NOT_BILLED = tco(DAY, "chat", "leased", "0.00", "0.00", 0.0) | OUTPUT | {
    "location": "unknown", "shared_cost_usd": 0, "total_cost_usd": 0, "gpu_hours_paid": None,
    "gpu_hours_allocated": None, "gpu_hours_busy": 50.0,
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    rows: dict[str, list[dict[str, Any]]] = {
        "marts.fct_workload_tco_daily": [BILLED, NOT_BILLED], "marts.fct_job_outcome_daily": [],
        "marts.fct_allocated_cost_daily": [],
    }  # fmt: skip
    return publish_home(tmp_path, PROJECTIONS, rows)


def test_the_verb_divides_cost_by_the_units_it_is_of(settings: Settings) -> None:
    (row,) = unit_costs(settings).to_dicts()
    rates = ("cost_usd_per_1m_tokens", "cost_usd_per_request", "cost_usd_per_busy_gpu_hour")
    assert [row[rate] for rate in rates] == pytest.approx([100.01, 1.0001, 20.002])
    assert (row["input_tokens_count"], row["requests_count"]) == (18_000_000, 2_000)


def test_a_place_of_unknown_cost_has_no_unit_cost(settings: Settings) -> None:
    rates = {row["location"]: row["cost_usd_per_1m_tokens"] for row in unit_costs(settings, by="location").to_dicts()}
    assert rates["unknown"] is None


def test_the_verb_shows_how_much_of_the_use_was_measured(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """G05: 100 hours paid, 80 held, 61 of them measured, 100 busy at both places."""
    monkeypatch.setenv("COLUMNS", "200")
    unit_cost_table(unit_costs(settings))
    header, chat, *_ = capsys.readouterr().out.splitlines()
    assert header.split()[5:11] == ["GPU-h", "paid", "held", "measured", "busy", "USD/h"]
    assert chat.split()[3:7] == ["100", "80", "61", "100"]


def test_the_verb_says_what_of_the_idle_cost_is_of_unknown_hours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 307 USD idle, 300 in July, 270 less 20 are of a bill that tells no hours; in August all are known."""
    july = date(2026, 7, 30)
    marts = {
        "marts.fct_workload_tco_daily": [
            tco(july, "__idle__", "leased", "0.00", "300.00", 0.0), tco(DAY, "__idle__", "leased", "0.00", "7.00", 1.0),
        ],
        "marts.fct_job_outcome_daily": [],
        "marts.fct_allocated_cost_daily": [
            idle_cost("hours unknown", "270", july), idle_cost("hours unknown", "-20", july),
            idle_cost("commitment", "50", july),
        ],
    }  # fmt: skip
    home = publish_home(tmp_path, marts=marts)
    found = unit_costs(home)
    assert found.select("idle_cost_usd", "hours_unknown_cost_usd").rows() == [(307, 250)]
    unit_cost_table(found)
    assert capsys.readouterr().out.splitlines()[-1].startswith("250.00 USD of the idle cost is of unknown hours")
    unit_cost_table(unit_costs(home, month=date(2026, 8, 1)))
    assert "unknown" not in capsys.readouterr().out


def test_the_verb_says_of_a_credit_of_unknown_hours_that_it_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """20 charged and 270 given back, of GPUs whose hours no bill tells."""
    marts = {
        "marts.fct_workload_tco_daily": [tco(DAY, "__idle__", "leased", "0.00", "-250.00", 0.0)],
        "marts.fct_job_outcome_daily": [],
        "marts.fct_allocated_cost_daily": [
            idle_cost("hours unknown", "20", DAY), idle_cost("hours unknown", "-270", DAY),
        ],
    }  # fmt: skip
    unit_cost_table(unit_costs(publish_home(tmp_path, marts=marts)))
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("-250.00 USD of the idle cost is of unknown hours: bills give back cost of GPUs")


def test_the_page_divides_cost_by_the_units_it_is_of(settings: Settings) -> None:
    with reading_published(settings) as connection:
        (row,) = query(connection, UNIT_COSTS).to_dicts()
    rates = ("cost_usd_per_1m_tokens", "cost_usd_per_1000_requests", "cost_usd_per_busy_gpu_hour")
    assert [float(row[rate]) for rate in rates] == pytest.approx([100.01, 1000.1, 20.002])
