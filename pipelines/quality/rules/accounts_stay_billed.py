"""A later version of a bill still bills the accounts that the version before it billed (B05).

A delivery replaces an account's billing period whole. Two exports that each hold a part of it, one a subscription or a
member account, would replace each other: the total looks right and half of it is gone. Where a version shares no
account with the one before, it is another export and not a restatement.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("meta.cost_known_daily",)


def checks(look: Look) -> list[Check]:
    """Accounts gone from bills with their newest version."""
    gone = look.all(
        """
        with latest as (
            select scope, max(known_to_at) as changed_at
            from meta.cost_known_daily
            where known_to_at is not null
            group by scope
        ),

        billed as (
            select
                scope,
                coalesce(sub_account_id, '') as account,
                count(*) filter (where known_to_at is null) as now_rows
            from meta.cost_known_daily
            group by scope, coalesce(sub_account_id, '')
        ),

        before as (
            select known.scope, coalesce(known.sub_account_id, '') as account, sum(known.billed_cost) as billed_cost
            from meta.cost_known_daily as known
            inner join latest on known.scope = latest.scope
            where known.known_from_at < latest.changed_at
                and (known.known_to_at is null or known.known_to_at >= latest.changed_at)
            group by known.scope, coalesce(known.sub_account_id, '')
        )

        select
            before.scope,
            count(*) as before_accounts,
            count(*) filter (where billed.now_rows = 0) as gone_accounts,
            min(before.account) filter (where billed.now_rows = 0) as account,
            sum(before.billed_cost) filter (where billed.now_rows = 0) as billed_cost
        from before
        inner join billed on before.scope = billed.scope and before.account = billed.account
        group by before.scope
        having count(*) filter (where billed.now_rows = 0) > 0
        order by before.scope
        """
    )
    wholly = [row for row in gone if row["gone_accounts"] == row["before_accounts"]]
    partly = [row for row in gone if row["gone_accounts"] < row["before_accounts"]]
    return [
        _check("accounts all gone from a bill", wholly, "error"),
        _check("accounts gone from a bill", partly, "warning"),
    ]


def _check(column: str, rows: list[dict[str, object]], severity: str) -> Check:
    seen = [
        f"{row['scope']}: {row['gone_accounts']} of {row['before_accounts']} accounts, as {row['account'] or 'none'} "
        f"(together billed {row['billed_cost']:,.2f} before)"
        for row in rows
    ]
    return Check(
        table="meta.cost_known_daily",
        column=column,
        expectation=BETWEEN,
        evidence=(0, len(rows)),
        expected="a bill's newest version bills the accounts that the one before did",
        observed="; ".join(seen) or "all are",
        unexpected_rows=len(rows),
        next_step=(
            "add the exports of all accounts together, or export the whole billing account; take the wrong delivery "
            "out with: tenure remove ID"
        ),
        parameters={"max_value": 0},
        severity="error" if severity == "error" else "warning",
    )
