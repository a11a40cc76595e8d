"""Every cost is in a currency that can be converted (M06).

A line in another currency than USD needs a rate: the provider's own on the line, or a reference rate of its day or of
at most ten days before. Without one it has no USD amount and would be missing from every total.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import IN_SET, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)
CONVERTIBLE: Final = "USD"


def checks(look: Look) -> list[Check]:
    """Currencies of the cost lines on days without a rate."""
    others = look.all(
        """
        with needed as (
            select
                billing_currency,
                cast(charge_period_start as date) as charge_date,
                count(*) as line_rows,
                sum(billed_cost) as billed_cost,
                min(source || ' ' || source_part) as place
            from raw.cost_line
            where billing_currency <> $convertible and provider_usd_rate is null
            group by all
        ),

        fixings as (
            select quoted.rate_date, unnest([quoted.currency, quoted.base_currency]) as currency
            from raw.fx_rate as quoted
            inner join raw.fx_rate as dollar
                on
                    quoted.rate_date = dollar.rate_date
                    and quoted.base_currency = dollar.base_currency
                    and dollar.currency = $convertible
        )

        select
            billing_currency,
            sum(line_rows) as line_rows,
            sum(billed_cost) as billed_cost,
            min(charge_date) as first_date,
            max(charge_date) as last_date,
            min(place) as place
        from needed
        where not exists (
            select 1
            from fixings
            where
                fixings.currency = needed.billing_currency
                and fixings.rate_date <= needed.charge_date
                and fixings.rate_date > needed.charge_date - 10
        )
        group by billing_currency
        order by billing_currency
        """,
        {"convertible": CONVERTIBLE},
    )
    seen = [
        f"{row['billing_currency']} in {row['line_rows']:,} rows from {row['first_date']} to {row['last_date']} "
        f"(billed {row['billed_cost']:,.2f}), as in {row['place']}"
        for row in others
    ]
    names = [row["billing_currency"] for row in others] or [CONVERTIBLE]
    return [
        Check(
            table="raw.cost_line",
            column="billing_currency",
            expectation=IN_SET,
            evidence=(names[0], names[-1]),
            expected=f"{CONVERTIBLE}, or a rate of the day",
            observed="; ".join(seen) or "every line has one",
            unexpected_rows=sum(row["line_rows"] for row in others),
            next_step="add reference rates that reach these days (the ECB's eurofxref-hist.zip): tenure add FILE",
            parameters={"value_set": [CONVERTIBLE]},
        )
    ]
