"""The fit on real price histories: figures that can be read off the files by eye."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.projection.price_fit import fit_prices
from pipelines.projection.prices import current_price

AS_OF = dt.date(2026, 9, 1)


@pytest.fixture(scope="module")
def p5(shared: Path) -> pl.DataFrame:
    """p5.48xlarge by day, by GPU; blank prices and two ways to write a date, as delivered."""
    rows = pl.read_csv(shared / "data/prices/rental/aws_p5_48xlarge_daily.csv").drop_nulls("price_usd")
    return rows.select(
        observed_at=pl.col("timestamp").str.slice(0, 10).str.to_datetime("%Y-%m-%d"),
        gpu_model=pl.lit("H100"),
        pricing_model=pl.lit("on_demand"),
        statistic=pl.lit("offer"),
        provider=pl.lit("AWS"),
        price_usd_per_gpu_hour=pl.col("price_usd") / 8,
    )


def test_the_cut_of_june_2025_is_one_jump_and_no_drift(p5: pl.DataFrame) -> None:
    """98.32 USD up to 4 June 2025, 55.04 from the 5th on: 55.04 / 98.32 = 0.5598."""
    fit = fit_prices(p5, "H100", AS_OF)
    assert fit is not None
    assert [(jump.month, round(jump.size_ratio, 4)) for jump in fit.jumps] == [(dt.date(2025, 6, 1), 0.5598)]
    assert fit.decline_frac_per_year == pytest.approx(0.0, abs=1e-9)
    assert fit.volatility_ratio == pytest.approx(0.0, abs=1e-9)


def test_the_price_now_is_the_one_after_the_cut_from_its_first_day_on(p5: pl.DataFrame) -> None:
    before, after = (current_price(p5, "H100", dt.date(2025, 6, day)) for day in (5, 6))
    assert before is not None and before[0] == pytest.approx(98.32 / 8)
    assert after is not None and after[0] == pytest.approx(55.04 / 8)


@pytest.mark.parametrize("gpu", ["H100", "A100"])
def test_rate_cards_by_provider_have_fallen_whatever_their_median_did(shared: Path, gpu: str) -> None:
    """Lambda's H100 alone rose, 2.996 to 3.028; those that can be followed from 2024 on, fell."""
    cards = pl.read_csv(shared / "data/prices/rental/ratecards_monthly_2023-2025.csv").filter(pl.col("gpu") == gpu)
    quotes = cards.select(
        "period", quote=pl.col("normalised_provider_medians").str.split(";")
    ).explode("quote").filter(pl.col("quote").str.contains("="))  # fmt: skip
    points = quotes.select(
        observed_at=(pl.col("period") + "-01").str.to_datetime("%Y-%m-%d"),
        gpu_model=pl.lit(gpu),
        pricing_model=pl.lit("on_demand"),
        statistic=pl.lit("median"),
        provider=pl.col("quote").str.split("=").list.first(),
        price_usd_per_gpu_hour=pl.col("quote").str.split("=").list.last().cast(pl.Float64),
    )
    fit = fit_prices(points, gpu, AS_OF)
    assert fit is not None and fit.is_matched
    assert 0.05 < fit.decline_frac_per_year < 0.25
    assert fit.holdout is not None and fit.holdout.origins == 6
