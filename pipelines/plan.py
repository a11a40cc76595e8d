"""What a refresh has to do: which deliveries, which days, from scratch or not. Cheap, so that a quiet night is.

Nothing here imports Dagster, dbt or Great Expectations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pipelines.errors import NoDataError
from pipelines.settings import Home, Settings, code_revision
from pipelines.sources import source_named
from pipelines.sources.model import Delivery
from pipelines.warehouse import ingest, landing, unpublished
from pipelines.warehouse.publish import Publication, published_deliveries, standing

# Prices that realised cost depends on.
PRICE_REALISED_COST: Final = ("raw.fx_rate", "raw.energy_price")


@dataclass(frozen=True, slots=True)
class Plan:
    """A refresh to be.

    Attributes:
        as_of: first day that the numbers do not speak for.
        pending: deliveries to load.
        from_date: first day to rebuild.
        to_date: first day after those.
        full_refresh: rebuild tables from nothing, because code or registers changed.
        reasons: why there is something to do; empty when there is not.
        code_revision: hash of the code.
        inputs_hash: hash of deliveries, scenarios and assumptions.
    """

    as_of: date
    pending: tuple[Delivery, ...]
    from_date: date
    to_date: date
    full_refresh: bool
    reasons: tuple[str, ...]
    code_revision: str
    inputs_hash: str


def plan(settings: Settings, *, as_of: date | None = None, force: bool = False) -> Plan:
    """Compare landing, code and settings with the version that stands.

    Args:
        settings: the home.
        as_of: first day the numbers do not speak for; by default the day after the newest use in any bill or
            telemetry, so that the same data give the same numbers on any day.
        force: rebuild everything.

    Raises:
        NoDataError: landing holds nothing dated, or nothing was ever added there.
    """
    home = settings.paths
    # Before anything is written: a folder that was mistyped is not made a home.
    if not home.landing.exists():
        raise NoDataError(f"nothing was ever added to {home.root}", next_step="run: tenure add PATH… (or mend --home)")
    ingest.add_reference(settings)
    ingest.discard_outdated(settings)
    ingest.discard_astray(settings)
    return due(settings, as_of=as_of, force=force)


def due(
    settings: Settings, *, as_of: date | None = None, force: bool = False, anyway: unpublished.Run | None = None
) -> Plan:
    """What no version holds, of whatever the warehouse holds now: a plan that leaves landing and warehouse alone.

    A run that has loaded asks again: what came after it was planned was loaded with the rest.

    Args:
        settings: the home.
        as_of: as in `plan`.
        force: as in `plan`.
        anyway: what the asking run rebuilds in any case; a backfill has written down itself that it has begun it.

    Raises:
        NoDataError: landing holds nothing dated.
    """
    home = settings.paths
    deliveries = landing.deliveries(home)
    pending = tuple(ingest.pending(settings))
    day = as_of or newest_day(deliveries)
    revision, inputs = code_revision(), inputs_hash(home, deliveries)
    published = published_deliveries(settings)
    # One that cannot be read is none: nobody knows what it holds, and publication puts a whole one in its place.
    before = standing(home) if published is not None else None
    loaded = loaded_only(deliveries, pending, published) if before else []
    fresh = [*pending, *loaded]
    begun = [
        run
        for run in unpublished.runs(settings)
        if run.is_full_refresh or not (anyway and anyway.first <= run.first and run.last <= anyway.last)
    ]
    reasons = list(_reasons(before, pending, published or set(), len(loaded), day, revision, inputs))
    reasons += [f"days {run.first} to {run.last} of a run that was not published" for run in begun]
    reasons += ["asked to rebuild everything"] if force else []
    is_full = (
        force
        or before is None
        or not ingest.is_built(settings)
        or before.code_revision != revision
        or any(delivery.kind == "registers" for delivery in fresh)
        or any(run.is_full_refresh for run in begun)
    )
    first, last = _span(deliveries)
    # Owned cost accrues to the day a run speaks for; where that was a later one, the days between are taken back.
    spoken_for = date.fromisoformat(before.as_of) if before else day
    if not is_full:
        first, _ = _span([*fresh, *_replaceable(deliveries, fresh)])
        converted = _first_converted(deliveries, fresh) or day
        first = min(first or day, spoken_for, day, converted, *(run.first for run in begun))
    return Plan(
        as_of=day,
        pending=pending,
        from_date=first or day,
        # To the end of all there is: what is new of a day goes on in later ones, and never in earlier ones.
        to_date=max(last or day, day, spoken_for, *(run.last for run in begun)),
        full_refresh=is_full,
        reasons=tuple(reasons),
        code_revision=revision,
        inputs_hash=inputs,
    )


def newest_day(deliveries: list[Delivery]) -> date:
    """The day after the newest use in bills and telemetry.

    Raises:
        NoDataError: there is none.
    """
    ends = [
        delivery.contents.data_until
        for delivery in deliveries
        if delivery.kind in ("billing", "telemetry") and delivery.contents and delivery.contents.data_until
    ]
    if not ends:
        raise NoDataError("landing holds no bill and no telemetry", next_step="run: tenure add PATH… (or give --as-of)")
    newest: datetime = max(ends)
    return (newest + timedelta(days=1, microseconds=-1)).date()


def inputs_hash(home: Home, deliveries: list[Delivery]) -> str:
    """Hash of everything a person can change that makes numbers: deliveries, scenarios, assumptions."""
    digest = hashlib.sha256()
    for delivery_id in sorted(delivery.delivery_id for delivery in deliveries):
        digest.update(delivery_id.encode())
    for folder in (home.scenarios, home.assumptions):
        for path in sorted(folder.rglob("*.yaml")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def loaded_only(
    deliveries: Sequence[Delivery], pending: Sequence[Delivery], published: set[str] | None
) -> list[Delivery]:
    """What a night loaded that then failed: its days are to be rebuilt and tested again before they are published."""
    known = {delivery.delivery_id for delivery in pending} | (published or set())
    return [item for item in deliveries if item.delivery_id not in known]


def _reasons(
    before: Publication | None,
    pending: tuple[Delivery, ...],
    published: set[str],
    loaded: int,
    day: date,
    revision: str,
    inputs: str,
) -> list[str]:
    if before is None:
        return ["no version stood that can be read"]
    found = []
    # A warehouse of another shape is dropped, and all that was ever published waits to be loaded again.
    again = sum(delivery.delivery_id in published for delivery in pending)
    if new := len(pending) - again:
        found.append(f"{new} new deliveries")
    if again:
        found.append(f"{again} deliveries loaded again")
    if loaded:
        found.append(f"{loaded} deliveries of a night that failed")
    if before.code_revision != revision:
        found.append("the code changed")
    if before.as_of != day.isoformat():
        found.append(f"as of {day} instead of {before.as_of}")
    if before.inputs_hash != inputs and not pending and not loaded:
        found.append("scenarios or assumptions changed")
    return found


def _replaceable(deliveries: Sequence[Delivery], pending: Sequence[Delivery]) -> list[Delivery]:
    """Bills that a pending one may replace. Days that only they reach lose rows, and have to be rebuilt as well."""
    waiting = {delivery.delivery_id for delivery in pending}
    return [
        old
        for old in deliveries
        if old.delivery_id not in waiting and any(ingest.may_replace(old, new) for new in pending)
    ]


def _first_converted(deliveries: Sequence[Delivery], pending: Sequence[Delivery]) -> date | None:
    """First day that pending rates of currencies or prices of energy may reach: they may come after what they price."""
    rates = [
        item.contents.first_date
        for item in pending
        if item.kind == "prices"
        and source_named(item.source).TABLE in PRICE_REALISED_COST
        and item.contents
        and item.contents.first_date
    ]
    billed, _ = _span(deliveries)
    return max(min(rates), billed) if rates and billed else None


def _span(deliveries: Sequence[Delivery]) -> tuple[date | None, date | None]:
    """First day and first day after, over all but prices, which hold no cost themselves."""
    contents = [delivery.contents for delivery in deliveries if delivery.contents and delivery.kind != "prices"]
    firsts = [item.first_date for item in contents if item.first_date]
    lasts = [item.last_date for item in contents if item.last_date]
    return (min(firsts) if firsts else None, max(lasts) if lasts else None)
