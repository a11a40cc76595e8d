"""What workloads cost is what was paid, exactly (M02, promise 3): every day, leased and owned."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "publish"
NEEDS: Final = ("marts.fct_cost_daily", "marts.fct_workload_tco_daily")


def checks(look: Look) -> list[Check]:
    """Difference between the two marts by day and sourcing, and so in total."""
    found = look.one(
        """
        with days as (
            select
                usage_date,
                sourcing,
                coalesce(costs.paid_usd, 0) as paid_usd,
                coalesce(workloads.allocated_usd, 0) as allocated_usd,
                coalesce(workloads.allocated_usd, 0) - coalesce(costs.paid_usd, 0) as difference_usd
            from (
                select charge_date as usage_date, sourcing, sum(effective_cost_usd) as paid_usd
                from marts.fct_cost_daily
                group by charge_date, sourcing
            ) as costs
            full outer join (
                select usage_date, sourcing, sum(total_cost_usd) as allocated_usd
                from marts.fct_workload_tco_daily
                group by usage_date, sourcing
            ) as workloads
                using (usage_date, sourcing)
        )
        select
            min(difference_usd) as low,
            max(difference_usd) as high,
            sum(paid_usd) as paid_usd,
            sum(allocated_usd) as allocated_usd,
            count(*) filter (where difference_usd <> 0) as unequal_days,
            min(usage_date || ' ' || sourcing || ' (' || difference_usd || ' USD)') filter (where difference_usd <> 0)
                as example
        from days
        """
    )
    observed = f"workloads {found['allocated_usd']} USD, paid {found['paid_usd']} USD"
    if found["unequal_days"]:
        observed += f": {found['unequal_days']:,} days differ, first {found['example']}"
    return [
        Check(
            table="marts.fct_workload_tco_daily",
            column="total_cost_usd - effective_cost_usd",
            expectation=BETWEEN,
            evidence=(found["low"], found["high"]),
            expected="the cost of marts.fct_cost_daily, exactly",
            observed=observed,
            unexpected_rows=found["unequal_days"],
            next_step="run: tenure refresh --force; if it stays, compare both marts on that day",
            parameters={"min_value": Decimal(0), "max_value": Decimal(0)},
        )
    ]
