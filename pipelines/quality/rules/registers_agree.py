"""Registers that name one another agree: a site, an asset, a contract or a market that is named is there, on that day.

A register is read alone, so that it cannot know. What is named in vain would be cost that is missing without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ()


@dataclass(frozen=True, slots=True)
class Link:
    """What one register says of another.

    Attributes:
        table: the register that names.
        column: its column, as the check is called.
        named: the table that has to hold what it names.
        expected: what should hold.
        sql: rows that break it: `source_part`, `source_row`, `what`.
        next_step: what to do.
    """

    table: str
    column: str
    named: str
    expected: str
    sql: str
    next_step: str


LINKS: Final = (
    Link(
        "raw.asset",
        "site_id",
        "raw.site",
        "a site of the site register, with terms from go-live on",
        """
        select assets.source_part, assets.source_row,
            assets.asset_id || ' at ' || assets.site_id
            || coalesce(', whose terms begin on ' || min(sites.valid_from_date), ', which is not there') as what
        from raw.asset as assets
        left join raw.site as sites on assets.site_id = sites.site_id
        group by assets.source_part, assets.source_row, assets.asset_id, assets.site_id, assets.go_live_date
        having count(sites.site_id) = 0 or min(sites.valid_from_date) > assets.go_live_date
        """,
        "add the site (or its earlier terms) to the site register, or mend site_id: tenure add FILE",
    ),
    Link(
        "raw.asset_gpu",
        "asset_id",
        "raw.asset",
        "an asset of the asset register",
        """
        select cards.source_part, cards.source_row, cards.gpu_uuid || ' in ' || cards.asset_id as what
        from raw.asset_gpu as cards
        where cards.asset_id not in (select asset_id from raw.asset)
        """,
        "add the asset to the asset register, or mend asset_id: tenure add FILE",
    ),
    Link(
        "raw.asset_impairment",
        "asset_id",
        "raw.asset",
        "an asset that the company holds on the day",
        """
        select events.source_part, events.source_row,
            events.asset_id || ' on ' || events.impairment_date
            || case
                when assets.asset_id is null then ', which is not there'
                when events.impairment_date < assets.ordered_date then ', before its order on ' || assets.ordered_date
                else ', after it left on ' || assets.retired_date
            end as what
        from raw.asset_impairment as events
        left join raw.asset as assets on events.asset_id = assets.asset_id
        where assets.asset_id is null
            or events.impairment_date < assets.ordered_date
            or events.impairment_date >= assets.retired_date
        """,
        "mend asset_id or impairment_date: tenure add FILE",
    ),
    Link(
        "raw.tariff",
        "market_id",
        "raw.energy_price",
        "a market with prices",
        """
        select source_part, source_row, site_id || ' by the market ' || market_id as what
        from raw.tariff
        where market_id is not null and market_id not in (select market_id from raw.energy_price)
        """,
        "add the market's prices (market_id, starts_at, energy_currency_per_mwh), or mend market_id: tenure add FILE",
    ),
    Link(
        "raw.lease_contract_ramp",
        "contract_id",
        "raw.lease_contract",
        "a contract that is in force on the day",
        """
        select steps.source_part, steps.source_row,
            steps.contract_id || ' from ' || steps.from_date
            || case
                when contracts.contract_id is null then ', which is not there'
                else ', outside its term ' || contracts.start_date || ' to ' || contracts.end_date
            end as what
        from raw.lease_contract_ramp as steps
        left join raw.lease_contract as contracts on steps.contract_id = contracts.contract_id
        where contracts.contract_id is null
            or steps.from_date < contracts.start_date
            or steps.from_date >= contracts.end_date
        """,
        "mend contract_id or from_date: tenure add FILE",
    ),
    # A bill's line names a commitment and no contract: what two of one lessor hold at once would be used by both.
    Link(
        "raw.lease_contract",
        "commitment_discount_id",
        "raw.lease_contract",
        "a commitment that no other contract of its counterparty holds on the same day",
        """
        select later.source_part, later.source_row,
            later.contract_id || ' and ' || earlier.contract_id || ' both by ' || later.commitment_discount_id as what
        from raw.lease_contract as later
        inner join raw.lease_contract as earlier
            on later.commitment_discount_id = earlier.commitment_discount_id
            and later.counterparty = earlier.counterparty
            and later.contract_id > earlier.contract_id
            and later.start_date < coalesce(earlier.terminated_date, earlier.end_date)
            and earlier.start_date < coalesce(later.terminated_date, later.end_date)
        """,
        "end one where the other begins, or write steps of one contract in lease_contract_ramp: tenure add FILE",
    ),
)


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
