"""Where a device or a run was: at an owned asset, at the provider that billed its host or model, or nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from _company import Company
from _expected_bills import Charge

UNKNOWN = "unknown"


class Place(NamedTuple):
    """A place of GPUs on a day; `gpus` are those of the node, None where nobody counted them."""

    sourcing: str
    location: str
    model: str | None
    gpus: int | None


class Places:
    """All nodes of a company, by day."""

    def __init__(self, company: Company, charges: Iterable[Charge]) -> None:
        self.assets = {row["node"]: row for row in company.assets if row.get("node")}
        self.billed, self.sellers = {}, defaultdict(set)
        for charge in charges:
            if charge.role == "gpu" and charge.hours > 0 and charge.machine:
                self.sellers[charge.model, charge.day].add(charge.provider)
                if charge.resource:
                    self.billed[charge.resource, charge.day] = charge

    def of(self, node: str, model: str | None, day: date) -> Place:
        """Where a node was on a day; `model` is that of the GPUs seen on it, None where none was seen.

        What nobody knows counts as leased, at an unknown place.
        """
        asset = self.assets.get(node)
        if asset:
            live, retired = asset["go_live_date"], asset.get("retired_date")
            is_here = asset["ordered_date"] <= day and (retired is None or day <= retired)
            in_service = is_here and live and live <= day and day != retired
            if in_service or (is_here and model):
                return Place("owned", asset["site_id"], asset["gpu_model"], asset["gpus"] if in_service else None)
        billed = self.billed.get((node, day))
        if billed and billed.machine:
            return Place("leased", billed.provider, billed.model, billed.machine["gpus"])
        sellers = self.sellers[model, day]
        if model and len(sellers) == 1:
            return Place("leased", next(iter(sellers)), model, None)
        return Place("leased", UNKNOWN, model, None)
