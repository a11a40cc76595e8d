"""Where a device or a run was: at an owned asset, at the provider that billed its host or model, or nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from _company import Company, Row
from _expected_bills import Charge

UNKNOWN = "unknown"


class Place(NamedTuple):
    """A place of GPUs on a day; `gpus` are those of the node, None where nobody counted them, `asset_id` is owned."""

    sourcing: str
    location: str
    model: str | None
    gpus: int | None
    asset_id: str | None = None


class Places:
    """All nodes of a company, by day."""

    def __init__(self, company: Company, charges: Iterable[Charge]) -> None:
        self.assets = {row["node"]: row for row in company.assets if row.get("node")}
        self.by_id = {row["asset_id"]: row for row in company.assets}
        self.cards = company.cards
        self.billed, self.sellers = {}, defaultdict(set)
        for charge in charges:
            if charge.role == "gpu" and charge.hours > 0 and charge.machine:
                self.sellers[charge.model, charge.day].add(charge.provider)
                if charge.resource:
                    self.billed[charge.resource, charge.day] = charge

    def of(self, node: str, cards: Collection[str], model: str | None, day: date) -> Place:
        """Where a node was on a day; `cards` were seen on it, of that model; None where none was.

        What nobody knows counts as leased, at an unknown place.
        """
        for asset in (*self._with_cards(cards, day), self.assets.get(node)):
            if not asset or not _is_here(asset, day):
                continue
            in_service = is_in_service(asset, day)
            if in_service or model:
                gpus = asset["gpus"] if in_service else None
                return Place("owned", asset["site_id"], asset["gpu_model"], gpus, asset["asset_id"])
        billed = self.billed.get((node, day))
        if billed and billed.machine:
            return Place("leased", billed.provider, billed.model, billed.machine["gpus"])
        sellers = self.sellers[model, day]
        if model and len(sellers) == 1:
            return Place("leased", next(iter(sellers)), model, None)
        return Place("leased", UNKNOWN, model, None)

    def _with_cards(self, cards: Collection[str], day: date) -> list[Row]:
        return [
            self.by_id[stay["asset_id"]]
            for stay in self.cards
            if stay["gpu_uuid"] in cards
            and stay["valid_from_date"] <= day
            and (stay.get("valid_to_date") is None or day < stay["valid_to_date"])
        ]


def is_in_service(asset: Row, day: date) -> bool:
    """From go-live to the day before it leaves."""
    live, retired = asset["go_live_date"], asset.get("retired_date")
    return live is not None and live <= day and (retired is None or day < retired)


def _is_here(asset: Row, day: date) -> bool:
    """From its order to the day it leaves."""
    retired = asset.get("retired_date")
    return asset["ordered_date"] <= day and (retired is None or day <= retired)
