"""Which days a delivery touches: of telemetry also those that its first reading and the one after its last tell of."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from _homes import focus_line, write_lines

from pipelines.settings import Settings
from pipelines.warehouse import landing

SCRAPE = 'vllm:generation_tokens_total{model_name="llama"} 500\n'
SAMPLE = "sampled_at,gpu_uuid,metric,value\n2026-08-02T12:00:00Z,GPU-a,DCGM_FI_DEV_POWER_USAGE,400\n"
JOB = "JobID|State|Start|End|AllocTRES\n7|COMPLETED|2026-08-02T00:10:00+0000|2026-08-02T12:00:00+0000|gres/gpu=8\n"
METER = "timestamp,node,sys_power_w\n2026-08-02T00:00:00Z,n1,7000\n"


@pytest.mark.parametrize(
    ("name", "content"), [("n1-20260802T000000Z.prom", SCRAPE), ("meter.csv", METER)], ids=["counter", "meter"]
)
def test_a_reading_at_midnight_touches_the_day_it_ends(tmp_path: Path, name: str, content: str) -> None:
    """Z04: a counter's rise up to it, and the power until it, are of 1 August; that day is rebuilt, or never told."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    (tmp_path / name).write_text(content)
    landing.add(settings, [tmp_path / name], received_at=datetime(2026, 8, 3))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert (delivery.contents.first_date, delivery.contents.last_date) == (date(2026, 8, 1), date(2026, 8, 3))


@pytest.mark.parametrize(
    ("name", "content"), [("n1-20260802T120000Z.prom", SCRAPE), ("gpus.csv", SAMPLE)], ids=["counter", "GPU"]
)
def test_a_counter_touches_the_day_of_the_reading_that_follows(tmp_path: Path, name: str, content: str) -> None:
    """A day that comes late takes its part off the rise of the day after, which had it all."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    (tmp_path / name).write_text(content)
    landing.add(settings, [tmp_path / name], received_at=datetime(2026, 8, 5))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert (delivery.contents.first_date, delivery.contents.last_date) == (date(2026, 8, 1), date(2026, 8, 4))


def test_a_job_touches_the_day_before_it(tmp_path: Path) -> None:
    """A sample of half past midnight that names the job speaks for half an hour of the evening before as well."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    (tmp_path / "sacct.txt").write_text(JOB)
    landing.add(settings, [tmp_path / "sacct.txt"], received_at=datetime(2026, 8, 5))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert (delivery.contents.first_date, delivery.contents.last_date) == (date(2026, 8, 1), date(2026, 8, 3))


def test_a_meters_reading_touches_the_day_that_the_next_one_speaks_into(tmp_path: Path) -> None:
    """One of 23:53 that is told later: the one of 23:57, the last, spoke for five minutes and now does so for four."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    (tmp_path / "meter.csv").write_text(METER.replace("02T00:00:00Z", "01T23:53:00Z"))
    landing.add(settings, [tmp_path / "meter.csv"], received_at=datetime(2026, 8, 5))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert (delivery.contents.first_date, delivery.contents.last_date) == (date(2026, 8, 1), date(2026, 8, 3))


@pytest.mark.parametrize("day", [31, 3])
def test_a_bill_touches_its_period_and_no_day_of_the_next(tmp_path: Path, day: int) -> None:
    """A restated month is rebuilt, and not the month after it, whose bill would share its first day."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    last = focus_line("a", "1", day=day) | {
        "ChargePeriodStart": f"2026-08-{day:02}T23:00:00Z",
        "ChargePeriodEnd": "2026-09-01T00:00:00Z",
    }
    landing.add(settings, [write_lines(tmp_path / "bill.csv", [last])], received_at=datetime(2026, 9, 2))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert (delivery.contents.first_date, delivery.contents.last_date) == (date(2026, 8, 1), date(2026, 9, 1))


def test_a_bill_touches_the_day_after_its_period_that_it_charges(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    late = focus_line("a", "1") | {
        "ChargePeriodStart": "2026-09-03T10:00:00Z",
        "ChargePeriodEnd": "2026-09-03T11:00:00Z",
    }
    landing.add(settings, [write_lines(tmp_path / "bill.csv", [late])], received_at=datetime(2026, 9, 5))
    (delivery,) = landing.deliveries(settings.paths)
    assert delivery.contents is not None
    assert delivery.contents.last_date == date(2026, 9, 4)
