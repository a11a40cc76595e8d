"""Registers that name one another agree (`sources.links`): what is named in vain is cost missing without a word.

`tenure add` asks the same of the registers that are there by then; one may be missing until the night.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look
from pipelines.sources.links import LINKS, Link

GATE: Final[Gate] = "ingest"
NEEDS: Final = ()


def checks(look: Look) -> list[Check]:
    """One check a link whose register holds rows."""
    return [_check(look, link) for link in LINKS if look.rows.get(link.table) and link.named in look.rows]


def _check(look: Look, link: Link) -> Check:
    strays = look.all(f"{link.sql} order by source_part, source_row")
    first = strays[0] if strays else {}
    return Check(
        table=link.table,
        column=link.column,
        expectation=BETWEEN,
        evidence=(0, len(strays)),
        expected=link.expected,
        observed=f"{len(strays):,} rows, as {first['source_part']} row {first['source_row']}: {first['what']}"
        if strays
        else "all are there",
        unexpected_rows=len(strays),
        next_step=link.next_step,
        parameters={"min_value": 0, "max_value": 0},
    )
