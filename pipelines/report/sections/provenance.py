"""Conventions that flip answers, and what the page was made from."""

from __future__ import annotations

from pipelines.report import cells, views
from pipelines.report.blocks import Block, Column, Note, Section, table
from pipelines.report.queries import Facts

TITLE = "Conventions and provenance"
COLUMNS = (Column("what", "name"), Column("value", "value"), Column("meaning", "meaning"))
# Column of projection_run, what it is called, what it decides.
CONVENTIONS = (
    ("month_hours_convention", "hours in a month", "a number, or the hours of each calendar month"),
    ("demand_basis", "demand", "hours that count: held by a workload, busy, or typed into the scenario"),
    ("price_basis", "lease price", "the price paid, the list price, or an assumed one"),
    ("compared", "compared", "what both sides must provide"),
    ("lease_price_includes", "lease price includes", "what of it the lease price already covers"),
    ("payment_timing", "payment", "where in its month a running payment falls"),
    ("fixed_opex_basis", "fixed running cost", "paid by the calendar hour or by the used hour"),
    ("break_even_basis", "break-even of", "what a break-even sets equal"),
    ("residual_basis", "residual value", "whether hardware is sold in the end"),
    ("stub_basis", "lease terms cut off", "whether what is signed beyond the horizon is owed"),
    ("tax_convention", "tax", "rate and schedule"),
    ("horizon_months", "horizon", "months looked ahead"),
)
SIMULATION = (
    ("draws_count", "draws", "simulated"),
    ("seed", "seed", "of the draws: the same seed gives the same numbers"),
    ("spread_ratio", "spread", "share of each range that the draws use"),
    ("warehouse_version", "data version", "what the projection read"),
    ("scenario_sha256", "scenario", "SHA-256 of the scenario"),
    ("assumptions_sha256", "assumptions", "SHA-256 of all assumption files"),
    ("code_revision", "code of the projection", "hash of the code"),
    ("source", "published source", "for a scenario that reproduces a published table"),
)
PUBLICATION = (
    ("version", "version", "this page is made from it alone; the same version gives the same bytes"),
    ("as_of_date", "as of", "first day the numbers do not speak for"),
    ("code_revision", "code", "hash of the code"),
    ("inputs_hash", "inputs", "hash of deliveries, scenarios and assumptions"),
    ("content_sha256", "content", "SHA-256 over the published tables"),
)


def section(facts: Facts) -> Section:
    """Conventions of the scenario, then versions and hashes."""
    blocks: list[Block] = []
    origin = [{"name": name, "value": facts.publication[key], "meaning": meaning} for key, name, meaning in PUBLICATION]
    if facts.scenario is not None:
        run = views.run(facts)
        conventions = [
            {"name": name, "value": _shown(run[key]), "meaning": meaning} for key, name, meaning in CONVENTIONS
        ]
        blocks.append(table("conventions", "Conventions that can flip an answer", COLUMNS, conventions))
        origin += [{"name": name, "value": run[key], "meaning": meaning} for key, name, meaning in SIMULATION]
    blocks.append(table("provenance", "What it was made from", COLUMNS, origin))
    others = [row for row in facts.scenarios if row["scenario"] != facts.scenario]
    if others:
        listed = "; ".join(f"{cells.plain(row['scenario'])} ({row['question']})" for row in others)
        blocks.append(Note(f"Also published on this version, on pages of their own: {listed}"))
    return Section("provenance", TITLE, tuple(blocks))


def _shown(value: object) -> object:
    return cells.plain(value) if isinstance(value, str) else value
