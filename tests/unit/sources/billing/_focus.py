"""A line of FOCUS, made up, and files with it through the source."""

from __future__ import annotations

from pathlib import Path

from _run import Outcome, candidates, csv_text, run

from pipelines.sources.billing import focus

LINE = {
    "BillingAccountId": "001234567890",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "ChargePeriodStart": "2026-08-03T10:00:00Z",
    "ChargePeriodEnd": "2026-08-03T11:00:00Z",
    "ChargeCategory": "Usage",
    "BillingCurrency": "USD",
    "BilledCost": "55.04",
    "EffectiveCost": "33.03",
    "ProviderName": "Lumen",
}


def outcome(folder: Path, *lines: dict[str, str]) -> Outcome:
    """Lines as one CSV file through the source."""
    header = list(dict.fromkeys(name for line in lines for name in line))
    (folder / "focus.csv").write_text(csv_text(header, *lines))
    (claim,) = focus.claim(candidates(folder))
    return run(focus, claim)


def one(folder: Path, **changed: str) -> dict[str, object]:
    """The kept row of a file with one line."""
    result = outcome(folder, LINE | changed)
    assert result.rejected == []
    return result.kept[0]


def write(path: Path, cost: str) -> None:
    """A CSV file with one line."""
    path.write_text(csv_text(list(LINE), LINE | {"BilledCost": cost}))
