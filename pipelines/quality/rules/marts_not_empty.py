"""Cost that came in comes out (S18): marts are not empty when there is a bill, or an asset that was ordered."""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "publish"
NEEDS: Final = ()
MARTS: Final = ("marts.fct_cost_daily", "marts.fct_workload_tco_daily")


def checks(look: Look) -> list[Check]:
    """Rows of the cost marts."""
    reason = _reason(look)
    if reason is None:
        return []
    return [
        Check(
            table=mart,
            column="rows",
            expectation=BETWEEN,
            evidence=(look.rows.get(mart, 0), look.rows.get(mart, 0)),
            expected=f"at least one row, because {reason}",
            observed=f"{look.rows.get(mart, 0):,} rows",
            unexpected_rows=0 if look.rows.get(mart) else 1,
            next_step="run: tenure refresh --force; it builds the models over all days",
            parameters={"min_value": 1},
        )
        for mart in MARTS
    ]


def _reason(look: Look) -> str | None:
    """What the marts must hold, or None where they may be empty: an asset costs nothing before it is ordered."""
    if look.rows.get("raw.cost_line"):
        return f"raw.cost_line holds {look.rows['raw.cost_line']:,}"
    if not look.rows.get("raw.asset"):
        return None
    found = look.one("select count(*) as assets from raw.asset where ordered_date < $as_of", {"as_of": look.as_of})
    return f"raw.asset holds {found['assets']:,} ordered before {look.as_of}" if found["assets"] else None
