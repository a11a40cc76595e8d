"""Scenario files of a home: written anew, checked, listed.

Belongs here: where files lie and what history is read for a new one. Not here: what is in one (projection).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.decide import evidence_of
from pipelines.errors import ScenarioError, UsageError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence, Subject
from pipelines.projection.history import subjects_of
from pipelines.projection.scenario import Conventions, HistoryDemand, Scenario
from pipelines.projection.scenario_template import CONVENTIONS, template
from pipelines.settings import BUNDLED, Home, Settings
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.publish import standing

NAME = r"[a-z0-9_]+"
GPU_MODEL = "H100-SXM-80GB"
MONTHS = 60


@dataclass(frozen=True, slots=True)
class Checked:
    """A scenario file that is valid.

    Attributes:
        file: where it lies.
        variants: with the base.
        answered: whether it was also projected, which needs no data where it stands alone.
    """

    file: Path
    variants: int
    answered: bool


def write_new(
    settings: Settings,
    name: str,
    *,
    stand_alone: bool = False,
    workload: str | None = None,
    gpu_model: str | None = None,
    as_of: date | None = None,
    out: Path | None = None,
) -> Path:
    """Write a commented scenario file that is valid and runs; nothing is left where that fails.

    Args:
        settings: the home.
        name: of the scenario.
        stand_alone: whether every number is typed in.
        workload: one workload of the published history.
        gpu_model: GPU of typed demand; None for that of the workload, or an H100.
        as_of: day of the decision; None for the one published, or that of the newest assumption.
        out: folder; None for the home's own scenarios, or the current folder where it has none.

    Raises:
        UsageError: there is such a file, a name or GPU model that cannot be, or no such workload.
        NoDataError: a workload is asked for and nothing is published.
        ScenarioError: an assumption file is wrong.
    """
    if not re.fullmatch(NAME, name):
        raise UsageError(f"{name!r} is no name of a scenario", next_step="use lower case, digits and underscores")
    home = settings.paths
    folder = out or (home.scenarios if home.scenarios != BUNDLED / "scenarios" else Path())
    path = folder / f"{name}.yaml"
    if path.exists():
        raise UsageError(f"{path} is there already", next_step="choose another name, or remove it first")
    assumptions = Assumptions.load(home.assumptions)
    publication = standing(home)
    day = as_of or (date.fromisoformat(publication.as_of) if publication else _newest(assumptions))
    subject = _subject(settings, workload, day) if workload else None
    text = template(
        name,
        assumptions,
        as_of=day,
        gpu_model=gpu_model or (subject.gpu_model if subject and subject.gpu_model else GPU_MODEL),
        stand_alone=stand_alone,
        workload=workload,
        subject=subject,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        check(settings, path)
    except ScenarioError:
        path.unlink()
        raise
    return path


def _newest(assumptions: Assumptions) -> date:
    """The first day on which every assumption of the files is known."""
    return max(value.from_date for entry in assumptions.entries.values() for value in entry.values)


def _subject(settings: Settings, workload: str, day: date) -> Subject:
    """What history tells of a workload.

    Raises:
        UsageError: it has no leased use.
    """
    with reading_published(settings) as connection:
        evidence = evidence_of(connection)
    conventions = Conventions.model_validate(
        CONVENTIONS | {"compared": ["compute"], "lease_price_includes": ["compute"]}
    )
    found = subjects_of(evidence, HistoryDemand(pool=False), conventions, day, MONTHS)
    for subject in found:
        if subject.workload == workload:
            return subject
    known = ", ".join(sorted(subject.workload for subject in found)) or "none"
    raise UsageError(f"workload {workload!r} has no leased use before {day}", next_step=f"name one of: {known}")


def check(settings: Settings, path: Path) -> Checked:
    """Read a scenario file whole, and answer it where it needs no data.

    Raises:
        ScenarioError: it is wrong, with file, line, value and the nearest valid key.
    """
    scenario = Scenario.load(path)
    variants = sum(1 for _ in scenario.variants())
    if scenario.workloads is None or scenario.as_of is None:
        return Checked(path, variants, answered=False)
    project(
        scenario, Evidence(), Assumptions.load(settings.paths.assumptions), as_of=scenario.as_of, code_revision="",
        warehouse_version="",
    )  # fmt: skip
    return Checked(path, variants, answered=True)


def path_of(home: Home, name: str) -> Path:
    """The file of a scenario given by name or path."""
    return Path(name) if Path(name).suffix else home.scenarios / f"{name}.yaml"


def listed(settings: Settings) -> list[dict[str, Any]]:
    """One row a scenario of the home: name, question, demand, variants, source.

    Raises:
        ScenarioError: one of them is wrong.
    """
    rows = []
    for path in sorted(settings.paths.scenarios.glob("*.yaml")):
        scenario = Scenario.load(path)
        rows.append(
            {
                "scenario": scenario.scenario,
                "demand": "from history, every night" if scenario.demand else "typed in",
                "variants": sum(1 for _ in scenario.variants()),
                "question": scenario.question,
                "source": scenario.source,
            }
        )
    return rows
