"""Every delivered cent is in the models (B16, promise 3), and the bill is what its provider says it is: a warning.

The models' own test says so when they are built; readers are promised it of what they read, so it is asked again here,
of every period and not only the ones built last.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, IN_SET, Check, Gate, Look

GATE: Final[Gate] = "publish"
NEEDS: Final = ("meta.reconciliation",)
EXPLAINED: Final = ("estimated", "provisional", "invoiced", "reconciled")


def checks(look: Look) -> list[Check]:
    """Status of each bill."""
    found = look.one(
        """
        select
            count(*) as bills,
            count(*) filter (where not list_contains($explained, status)) as unexplained,
            min(status) filter (where not list_contains($explained, status)) as status,
            min(
                scope || ': billed ' || coalesce(cast(delivered_billed_cost as varchar), 'nothing') || ' delivered, '
                || coalesce(cast(modelled_billed_cost as varchar), 'nothing') || ' modelled; effective '
                || coalesce(cast(delivered_effective_cost as varchar), 'nothing') || ' delivered, '
                || coalesce(cast(modelled_effective_cost as varchar), 'nothing') || ' modelled'
            ) filter (where not list_contains($explained, status)) as example
        from meta.reconciliation
        """,
        {"explained": list(EXPLAINED)},
    )
    status = found["status"] or EXPLAINED[0]
    return [
        Check(
            table="meta.reconciliation",
            column="status",
            expectation=IN_SET,
            evidence=(status, status),
            expected=f"one of {', '.join(EXPLAINED)}",
            observed=f"{found['unexplained']:,} of {found['bills']:,} bills {found['status']}, as {found['example']}"
            if found["unexplained"]
            else f"{found['bills']:,} bills explained",
            unexpected_rows=found["unexplained"],
            next_step="run: tenure refresh --force; if it stays, look for the bill in meta.reconciliation",
            parameters={"value_set": list(EXPLAINED)},
        ),
        _against_provider(look),
    ]


def _against_provider(look: Look) -> Check:
    found = look.one(
        """
        select
            count(*) filter (where not is_equal_to_provider) as differing,
            min(
                scope || ': ' || cast(provider_difference_billed_cost as varchar) || ', '
                || provider_difference_explanation
            ) filter (where not is_equal_to_provider) as example
        from meta.reconciliation
        """
    )
    seen = f"{found['differing']:,} bills differ, as {found['example']}"
    return Check(
        table="meta.reconciliation",
        column="provider_difference_billed_cost",
        expectation=BETWEEN,
        evidence=(0, found["differing"]),
        expected="bills equal to their provider's own totals, where there are any",
        observed=seen if found["differing"] else "they are",
        unexpected_rows=found["differing"],
        next_step="see: tenure reconcile; the provider's files of one bill may be of different days",
        parameters={"max_value": 0},
        severity="warning",
    )
