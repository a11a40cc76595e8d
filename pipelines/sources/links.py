"""What registers say of one another: a site, an asset, a contract or a market that is named is there, on that day.

A register is read alone, so that it cannot know. Asked when one is added, of those that are there by then, and at the
gate of every night, of all. Belongs here: the rules. Not here: asking them (`warehouse.agreement`,
`quality.rules.registers_agree`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Link:
    """What one register says of another.

    Attributes:
        table: the register that names.
        column: its column, or the quantity made of several, as the check is called; no contract checks it as well.
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


# Write-downs with the value that is expected at the end, before and from each on. MACRS knows none, and has its years.
WRITE_DOWNS: Final = """
    with events as (
        select
            events.source_part,
            events.source_row,
            events.asset_id,
            events.asset_id || ' on ' || events.impairment_date || ', ' as what,
            events.impairment_date,
            events.impairment_usd,
            sum(events.impairment_usd) over by_date as impaired_through_usd,
            assets.purchase_price_usd,
            case assets.depreciation_method when 'macrs_5' then 72 else assets.life_months end as schedule_months,
            cast(assets.go_live_date + to_months(schedule_months) as date) as ended_date,
            case assets.depreciation_method when 'macrs_5' then 0 else assets.salvage_usd end as first_salvage_usd,
            case
                when assets.depreciation_method = 'macrs_5' then 0
                else coalesce(last_value(events.new_salvage_usd ignore nulls) over by_date, assets.salvage_usd)
            end as salvage_usd
        from raw.asset_impairment as events
        inner join raw.asset as assets on events.asset_id = assets.asset_id
        window by_date as (partition by events.asset_id order by events.impairment_date)
    ),
    write_downs as (
        select
            *,
            lag(salvage_usd, 1, first_salvage_usd) over (partition by asset_id order by impairment_date)
                as salvage_before_usd,
            format(
                '{:,.2f} USD in all of {:,.2f}, with {:,.2f} at its end',
                cast(impaired_through_usd as double), cast(purchase_price_usd as double), cast(salvage_usd as double)
            ) as in_all
        from events
    )
"""

# Days of a site on which nothing holds of a register, between days on which something does, while an asset is there.
GAPS: Final = """
    with terms as (
        select source_part, source_row, site_id, valid_from_date,
            max(coalesce(valid_to_date, date '9999-12-31')) over earlier as held_until_date
        from {table}
        window earlier as (
            partition by site_id order by valid_from_date groups between unbounded preceding and 1 preceding
        )
    )
    select terms.source_part, min(terms.source_row) as source_row,
        terms.site_id || ' from ' || terms.held_until_date || ' to ' || terms.valid_from_date
        || ', where ' || min(assets.asset_id) || ' stands' as what
    from terms
    inner join raw.asset as assets
        on terms.site_id = assets.site_id
        and assets.go_live_date < terms.valid_from_date
        and coalesce(assets.retired_date, date '9999-12-31') > terms.held_until_date
    where terms.held_until_date < terms.valid_from_date
    group by terms.source_part, terms.site_id, terms.held_until_date, terms.valid_from_date
"""

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
        "raw.site",
        "valid_to_date",
        "raw.asset",
        "no day without terms while an asset stands there",
        GAPS.format(table="raw.site"),
        "let the terms before hold until then, or mend valid_from_date: tenure add FILE",
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
        "raw.asset_impairment",
        "impairment_date",
        "raw.asset",
        "what is off the value expected at the end, once nothing is left to depreciate",
        f"""
        {WRITE_DOWNS}
        select source_part, source_row, what || 'after its schedule ended on ' || ended_date as what
        from write_downs
        where impairment_date >= ended_date and impairment_usd <> salvage_before_usd - salvage_usd
        """,
        "write new_salvage_usd as it was before less impairment_usd, or mend impairment_date: tenure add FILE",
    ),
    Link(
        "raw.asset_impairment",
        "impaired_through_usd",
        "raw.asset",
        "no more than the asset is above the value expected at its end",
        f"""
        {WRITE_DOWNS}
        select source_part, source_row, what || in_all as what
        from write_downs
        where impaired_through_usd > purchase_price_usd - salvage_usd
        """,
        "write new_salvage_usd, or mend impairment_usd: tenure add FILE",
    ),
    Link(
        "raw.tariff",
        "valid_to_date",
        "raw.asset",
        "no day without a tariff while an asset stands there",
        GAPS.format(table="raw.tariff"),
        "let the tariff before hold until then, or mend valid_from_date: tenure add FILE",
    ),
    # Bands do not overlap, each register is asked that alone; where one begins or ends, the day is to be whole.
    Link(
        "raw.tariff",
        "band_hours",
        "raw.tariff",
        "a price of all 24 hours of a day that has one",
        """
        with days as (
            select site_id, valid_from_date as day from raw.tariff
            union
            select site_id, valid_to_date from raw.tariff where valid_to_date is not null
        )
        select min_by(bands.source_part, bands.hour_from_index) as source_part,
            min_by(bands.source_row, bands.hour_from_index) as source_row,
            days.site_id || ' on ' || days.day || ', of which '
            || sum(bands.hour_to_index - bands.hour_from_index) || ' hours have a price' as what
        from days
        inner join raw.tariff as bands
            on days.site_id = bands.site_id
            and days.day >= bands.valid_from_date
            and days.day < coalesce(bands.valid_to_date, date '9999-12-31')
        group by days.site_id, days.day
        having sum(bands.hour_to_index - bands.hour_from_index) < 24
        """,
        "add the band of hours that is missing, or mend hour_from_index and hour_to_index: tenure add FILE",
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
