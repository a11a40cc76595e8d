"""Bills and telemetry are recent (S18).

A source that stops is seen by no test of the models: what it does not deliver is wrong nowhere. The newest data of all
sources of a kind must not be too old; a single old source is a warning, because sources are also replaced for good.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look, Severity

GATE: Final[Gate] = "publish"
NEEDS: Final = ("meta.freshness",)

# Providers refresh bills daily, and rows arrive up to days late.
WARN_DAYS: Final = 3
# A bill that is delivered once a month is 31 days old on its eve, and takes about a week to be made.
STALE_DAYS: Final = 40
KINDS: Final = ("billing", "telemetry")


def checks(look: Look) -> list[Check]:
    """Age in days, of each source and of the newest source of each kind."""
    sources = look.all(
        "select kind, source, data_until from meta.freshness where list_contains($kinds, kind) order by kind, source",
        {"kinds": list(KINDS)},
    )
    newest: dict[str, dict[str, Any]] = {}
    for row in sources:
        if row["kind"] not in newest or row["data_until"] > newest[row["kind"]]["data_until"]:
            newest[row["kind"]] = row
    return [_check(look, row, f"age_days of {kind}", STALE_DAYS, "error") for kind, row in newest.items()] + [
        _check(look, row, f"age_days of {row['kind']} by {row['source']}", WARN_DAYS, "warning") for row in sources
    ]


def _check(look: Look, row: dict[str, Any], column: str, limit_days: int, severity: Severity) -> Check:
    age = datetime.combine(look.as_of, time()) - row["data_until"]
    age_days = age / timedelta(days=1)
    return Check(
        table="meta.freshness",
        column=column,
        expectation=BETWEEN,
        evidence=(age_days, age_days),
        expected=f"data at most {limit_days} days older than {look.as_of}",
        observed=f"{age_days:.1f} days, until {row['data_until']} ({row['source']})",
        unexpected_rows=0 if age_days <= limit_days else 1,
        next_step=f"deliver newer {row['kind']} with tenure add, or speak for an earlier day with --as-of",
        parameters={"max_value": limit_days},
        severity=severity,
    )
