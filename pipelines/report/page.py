"""The decision page: one self-contained HTML file from the published version, the same bytes each time.

No script, nothing loaded, and a policy that forbids both: names in the data are text, whatever they hold.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipelines.errors import UsageError
from pipelines.report import cells, views
from pipelines.report.queries import Facts, read_facts
from pipelines.report.sections import (
    assumptions,
    break_even,
    capacity,
    cost,
    finance,
    influence,
    past,
    provenance,
    risk,
    thresholds,
    trust,
    verdict,
)
from pipelines.settings import Settings

TITLE: Final = "Lease or own GPU compute"
SECTIONS: Final = (
    verdict,
    capacity,
    break_even,
    cost,
    finance,
    risk,
    influence,
    thresholds,
    past,
    trust,
    assumptions,
    provenance,
)
TEMPLATES: Final = Path(__file__).with_name("templates")


def write_page(settings: Settings, out: Path, *, scenario: str | None = None) -> Path:
    """Write the page of the version that stands.

    Args:
        settings: the home.
        out: file to write; it is replaced only by a whole page.
        scenario: which published scenario it answers; None for the first by name.

    Returns:
        The file.

    Raises:
        NoDataError: nothing is published yet, or a scenario is asked for and none is projected.
        UsageError: no such scenario is published, or `out` is a folder.
    """
    if out.is_dir():
        raise UsageError(f"{out} is a folder", next_step=f"name a file, as {out / 'decision.html'}")
    page = render(read_facts(settings, scenario))
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}-{os.getpid()}")
    try:
        temporary.write_text(page, encoding="utf-8", newline="\n")
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return out


def render(facts: Facts) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("page.html.j2").render(
        title=TITLE,
        question=views.run(facts)["question"] if facts.scenario else None,
        version=facts.publication["version"],
        strip=_strip(facts),
        style=Markup(style),
        style_hash=f"sha256-{digest}",
        sections=[module.section(facts) for module in SECTIONS],
    )


def _strip(facts: Facts) -> list[tuple[str, str]]:
    """What the page speaks for, and whether it can be trusted, at a glance."""
    scopes = sum(row["scopes_count"] for row in facts.reconciliation)
    open_scopes = sum(row["open_count"] for row in facts.reconciliation)
    ages = [(row["age_days"], row["source"]) for row in facts.freshness if row["kind"] in ("billing", "telemetry")]
    age, silent = max(ages, default=(None, ""))
    stated = f"{trust.matching_invoices(facts):,} of {len(facts.invoices):,}" if facts.invoices else "none stated"
    closes = f"{scopes - open_scopes:,} of {scopes:,} scopes" if scopes else cells.MISSING
    return [
        ("as of", f"{facts.publication['as_of_date']}"),
        ("scenario", cells.plain(facts.scenario) if facts.scenario else "none projected"),
        ("bills close", closes),
        ("invoices match", stated),
        ("longest silent", f"{cells.plain(silent)}, {cells.count(age).text} days" if ages else cells.MISSING),
        ("unknown GPU machines", f"{len(facts.unknown_skus):,}"),
        ("failed checks", f"{len(facts.failed_checks):,}"),
    ]
