"""One bill is delivered by one source (M05, and Azure's actual and amortised exports).

Two views of one bill, as a native export and its FOCUS view, are each complete: together they count every cost twice.
Scopes are per source, so neither replaces the other.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.cost_line",)


def checks(look: Look) -> list[Check]:
    """Sources per account and billing period."""
    found = look.one(
        """
        with delivered as (
            select distinct billing_account_id, date_trunc('month', billing_period_start) as billing_month, source
            from raw.cost_line
        ),
        bills as (
            select
                -- Exports of one provider write an account bare or as the end of a path.
                lower(regexp_extract(billing_account_id, '[^/]+$')) as account,
                billing_month,
                count(distinct source) as sources_count,
                string_agg(distinct source, ' and ' order by source) as sources
            from delivered
            group by account, billing_month
        )
        select
            min(sources_count) as low,
            max(sources_count) as high,
            count(*) filter (where sources_count > 1) as doubled,
            min(account || ' ' || strftime(billing_month, '%Y-%m') || ' by ' || sources)
                filter (where sources_count > 1) as example
        from bills
        """
    )
    return [
        Check(
            table="raw.cost_line",
            column="sources_count",
            expectation=BETWEEN,
            evidence=(found["low"], found["high"]),
            expected="one source per billing account and period",
            observed=f"{found['doubled']:,} bills by several sources, as {found['example']}"
            if found["doubled"]
            else "one source each",
            unexpected_rows=found["doubled"],
            next_step="keep one: tenure remove DELIVERY for each of the other's (tenure status --json lists ids), "
            "then: tenure refresh",
            parameters={"min_value": 1, "max_value": 1},
        )
    ]
