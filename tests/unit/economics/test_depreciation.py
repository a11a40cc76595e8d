import pytest

from pipelines.economics.depreciation import (
    MACRS_5_HALF_YEAR_FRAC,
    annuity_usd,
    declining_balance_usd,
    macrs_5_usd,
    straight_line_usd,
    sum_of_years_usd,
)


def test_straight_line_is_level():
    assert straight_line_usd(500_000, 50_000, 7).tolist() == pytest.approx([64_285.714286] * 7)


def test_double_declining_balance_takes_twice_the_straight_rate_of_the_book_value():
    # 10,000 over 5 years: 40 % of 10,000, 6,000, 3,600, 2,160, then down to the salvage of 1,000
    assert declining_balance_usd(10_000, 1_000, 5).tolist() == pytest.approx([4_000, 2_400, 1_440, 864, 296])


def test_declining_balance_never_goes_below_salvage():
    assert declining_balance_usd(10_000, 9_000, 5).sum() == pytest.approx(1_000)


def test_sum_of_years_digits_falls_by_a_fifteenth_a_year_over_five_years():
    # 15,000 · 5/15, 4/15, 3/15, 2/15, 1/15
    assert sum_of_years_usd(16_000, 1_000, 5).tolist() == pytest.approx([5_000, 4_000, 3_000, 2_000, 1_000])


def test_annuity_grows_by_the_interest_of_a_period_so_that_both_together_are_level():
    # 3,410 to 100 in three periods at 10 %: 3,310 · 1, 1.1 and 1.21 of 3.31; interest on 3,410, 2,410 and 1,310
    written = annuity_usd(3_410, 100, 3, 0.1)
    assert written.tolist() == pytest.approx([1_000, 1_100, 1_210])
    both = [principal + interest for principal, interest in zip(written, (341, 241, 131), strict=True)]
    assert both == pytest.approx([1_341] * 3)


def test_annuity_without_a_rate_is_a_straight_line():
    assert annuity_usd(3_410, 110, 3, 0.0).tolist() == pytest.approx([1_100] * 3)


def test_macrs_writes_off_the_whole_price_over_six_tax_years():
    assert macrs_5_usd(1_000_000)[1] == pytest.approx(320_000)
    assert sum(MACRS_5_HALF_YEAR_FRAC) == pytest.approx(1.0)
