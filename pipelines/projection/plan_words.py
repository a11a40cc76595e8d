"""The capacity plan in plain words, for who decides. The numbers stand in `projections.capacity_plan`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipelines.projection.rules import OWN

BY_USE: Final = ("existing_contract", "spot", "on_demand", "per_token_api")  # not chosen, or paid by the hour
SHOWN_FRAC: Final = 0.00005  # what two digits of a percentage show; less is no saving to speak of
_TERM: Final = re.compile(r"commitment_(\d+)y")


def from_the_bottom(capacity: str) -> tuple[int, str]:
    """Order in which kinds of capacity stand on each other: owned first, what is paid by use on top."""
    if capacity == OWN:
        return 0, capacity
    return (2 + BY_USE.index(capacity) if capacity in BY_USE else 1), capacity


def of_a_plan(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is held at most of each kind, and from when.

    Args:
        rows: of one workload's plan.
    """
    said = []
    for name in sorted({row["capacity"] for row in rows} - {*BY_USE}, key=from_the_bottom):
        of_kind = [row for row in rows if row["capacity"] == name]
        most = max(row["held_gpus"] for row in of_kind)
        first = min(row["month_start_date"] for row in of_kind if row["ordered_gpus"] > 0.0)
        gpus = f"up to {gpus_of(f'{most:,.0f}', of_kind[0]['gpu_model'])}"
        held = "of one's own, ordered" if name == OWN else f"by {kind_of(name)}, signed"
        said.append(f"{gpus} {held} from {first:%Y-%m}")
    return f"hold {', '.join(said)}; the rest by the hour" if said else "everything by the hour"


def kind_of(capacity: str) -> str:
    """What a kind of capacity is called, for people: `commitment_3y` is a 3-year commitment."""
    return _TERM.sub(r"\1-year commitment", capacity).replace("_", " ")


def gpus_of(count: str, gpu_model: str | None) -> str:
    """So many GPUs of a model."""
    return " ".join(part for part in (count, gpu_model, "GPU" if count == "1" else "GPUs") if part)


def how_sure(rows: Sequence[Mapping[str, Any]]) -> str:
    """How far from the best the plan can be, by the solver's proof."""
    gap = rows[0]["gap_frac"]
    if gap < SHOWN_FRAC:
        return "no plan within the limits costs less"
    return f"a better plan could save at most {gap:.2%}"
