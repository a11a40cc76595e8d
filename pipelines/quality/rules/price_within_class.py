"""A GPU's price is of the order of that GPU's other prices (M10).

Price lists hold zeros, bid floors taken for prices and slipped units: a B200 at $0.01, an H100 at $0. Sources reject
what is implausible within one file; this compares across all of them.
"""

from __future__ import annotations

from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.price_point",)

# Offers of one GPU on one kind of terms differ by a factor of ten; a unit slips by a hundred (cents) or more.
IMPLAUSIBLE_RATIO: Final = 100


def checks(look: Look) -> list[Check]:
    """Each price over the median of its GPU and pricing model."""
    found = look.one(
        """
        with medians as (
            select
                gpu_model_name,
                pricing_model,
                median(cast(price_usd_per_gpu_hour as double)) filter (where price_usd_per_gpu_hour > 0) as median_price
            from raw.price_point
            group by gpu_model_name, pricing_model
        ),
        compared as (
            select
                points.*,
                medians.median_price,
                -- Where no price of the class is above zero, none is a price.
                coalesce(cast(price_usd_per_gpu_hour as double) / medians.median_price, 0) as price_ratio,
                price_ratio > $limit or price_ratio < 1.0e0 / $limit as is_implausible
            from raw.price_point as points
            inner join medians using (gpu_model_name, pricing_model)
        )
        select
            min(price_ratio) as low,
            max(price_ratio) as high,
            count(*) filter (where is_implausible) as implausible_rows,
            min_by(
                gpu_model_name || ' ' || pricing_model || ' at ' || cast(price_usd_per_gpu_hour as double)
                || ' against a median of ' || coalesce(cast(round(median_price, 4) as varchar), 'none above 0')
                || ' in ' || source_part || ' row ' || source_row,
                source_part || source_row
            ) filter (where is_implausible) as example
        from compared
        """,
        {"limit": IMPLAUSIBLE_RATIO},
    )
    return [
        Check(
            table="raw.price_point",
            column="price_usd_per_gpu_hour / median_ratio",
            expectation=BETWEEN,
            evidence=(found["low"], found["high"]),
            expected=f"above 0 and within {IMPLAUSIBLE_RATIO} times the median of its GPU and pricing model",
            observed=f"{found['implausible_rows']:,} prices, as {found['example']}"
            if found["implausible_rows"]
            else f"{found['low']:.3g} to {found['high']:.3g} times the median",
            unexpected_rows=found["implausible_rows"],
            next_step="take that row out of the price list, or correct its unit or GPU count, and add the list again",
            parameters={"min_value": 1 / IMPLAUSIBLE_RATIO, "max_value": IMPLAUSIBLE_RATIO},
        )
    ]
