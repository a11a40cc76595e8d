"""Owned cost from hand-made registers: each case is an asset at a site of its own, worked out in the test's comment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _owned import LINEAGE, asset, build_owned, cost, site, tariff
from _telemetry import ask
from ruamel.yaml import YAML

from pipelines.settings import Settings

LEAP, LAST = date(2024, 2, 29), date(2024, 7, 1)
DAY = datetime(2024, 3, 10)
DUST = Decimal("1e-12")
SEGMENTED = ("annuity", "sum_of_years", "macrs_5")
LOST_USD = Decimal("56147.01")
SERVICES = {
    "staff_usd_per_fte_year": 36500, "staff_minimum_fte": 0.5, "staff_gpus_per_fte": 10,
    "physical_security_usd_per_month": 310, "compliance_usd_per_year": 3650, "network_usd_per_month": 620,
    "facility_opex_usd_per_month": 930,
}  # fmt: skip
ASSETS = [
    asset("services", 0, LEAP, LEAP, gpus=16, gpu_model="H100-SXM-80GB"),
    asset("fifteen posts", 0, LEAP, LEAP, gpus=168, gpu_model="H100-SXM-80GB"),
    asset("straight", 10000, LEAP, LEAP),
    asset("macrs", 10000, LEAP, LEAP, depreciation_method="macrs_5"),
    asset("digits", 10000, LEAP, LEAP, salvage_usd=1000, depreciation_method="sum_of_years"),
    asset("digits 30", 4500, LEAP, LEAP, life_months=30, depreciation_method="sum_of_years"),
    asset("declining", 10000, LEAP, LEAP, salvage_usd=1000, depreciation_method="declining_balance"),
    asset("declining to 0", 10000, LEAP, LEAP, depreciation_method="declining_balance"),
    asset("declining 30", 10000, LEAP, LEAP, life_months=30, depreciation_method="declining_balance"),
    asset("declining 18", 10000, LEAP, LEAP, life_months=18, salvage_usd=1, depreciation_method="declining_balance"),
    asset("keeps value", 10000, LEAP, LEAP, salvage_usd=10000, depreciation_method="declining_balance"),
    asset("annuity", Decimal("3130.1"), LEAP, LEAP, salvage_usd=100, life_months=3, depreciation_method="annuity",
          cost_of_capital_frac_per_year=0.12),
    asset("impaired annuity", Decimal("3130.1"), LEAP, LEAP, salvage_usd=100, life_months=3,
          depreciation_method="annuity", cost_of_capital_frac_per_year=0.12),
    asset("data center", 402_000_000, LEAP, LEAP, asset_class="facility", life_months=2, depreciation_method="annuity",
          cost_of_capital_frac_per_year=0.12),
    *(asset(f"land {method}", 3650, LEAP, LEAP, asset_class="facility", salvage_usd=3650, life_months=12,
            depreciation_method=method) for method in ("straight_line", "declining_balance")),
    asset("annuity at no rate", 90, LEAP, LEAP, life_months=3, depreciation_method="annuity"),
    asset("impaired", 3650, LEAP, LEAP, life_months=12, retired_date=date(2024, 6, 8), sale_proceeds_usd=-20),
    asset("impaired macrs", 10000, LEAP, LEAP, depreciation_method="macrs_5"),
    asset("worth less later", 3650, LEAP, LEAP, life_months=12, salvage_usd=150),
    asset("impaired at sea", 3650, date(2024, 3, 1), date(2024, 4, 1), life_months=12,
          cost_of_capital_frac_per_year=0.1),
    *(asset(f"lost {method}", LOST_USD, LEAP, LEAP, life_months=42, depreciation_method=method,
            cost_of_capital_frac_per_year=0.0066) for method in SEGMENTED),
    *(asset(f"nearly lost {method}", LOST_USD, LEAP, LEAP, life_months=42, depreciation_method=method,
            cost_of_capital_frac_per_year=0.0066) for method in SEGMENTED),
    asset("lost in two days", 100, LEAP, LEAP, salvage_usd=70, depreciation_method="sum_of_years"),
    asset("down to its salvage", 10, date(2024, 3, 1), date(2024, 4, 1), life_months=12, salvage_usd=4),
    asset("a month", 3650, date(2024, 3, 4), date(2024, 3, 8), life_months=12,
          retired_date=date(2024, 3, 20), sale_proceeds_usd=2000),
    asset("never live", 3650, date(2024, 3, 4), None, retired_date=date(2024, 3, 20), sale_proceeds_usd=2000),
    asset("spare", 730, LEAP, LEAP, asset_class="spare", life_months=24),
    asset("storage", 7300, LEAP, LEAP, asset_class="storage", life_months=24, idle_kw=1, peak_kw=1),
    *(asset(name, 0, LEAP, DAY.date(), retired_date=DAY.date() + timedelta(days=1), sale_proceeds_usd=0,
            idle_kw=1, peak_kw=1) for name in ("flat", "time of use", "market")),
]  # fmt: skip
IMPAIRMENTS = [
    ("impaired", date(2024, 4, 9), 100, None),
    ("impaired", date(2024, 5, 29), 75, None),
    ("impaired macrs", date(2026, 2, 28), 680, None),
    ("impaired annuity", date(2024, 3, 29), 203.01, None),
    ("worth less later", date(2024, 4, 9), 100, 50),
    ("impaired at sea", date(2024, 3, 11), 365, None),
    *((f"lost {method}", LEAP, LOST_USD, None) for method in SEGMENTED),
    *((f"nearly lost {method}", LEAP, LOST_USD - Decimal("0.01"), None) for method in SEGMENTED),
    ("lost in two days", LEAP, 10, 90),
    ("lost in two days", date(2024, 3, 1), 90, 0),
    ("down to its salvage", date(2024, 3, 11), 1, None),
    ("down to its salvage", date(2024, 4, 1), 5, None),
    ("data center", date(2024, 3, 29), 20_200_000, None),
    ("land straight_line", date(2024, 4, 9), 100, 3225),
    ("land declining_balance", date(2024, 4, 9), 100, 3225),
]
TARIFFS = [
    tariff("storage", energy_usd_per_kwh=0.1),
    tariff("flat", energy_usd_per_kwh=0.1),
    tariff("time of use", hour_to_index=8, energy_usd_per_kwh=0.05),
    tariff("time of use", hour_from_index=8, energy_usd_per_kwh=0.15),
    tariff("market", energy_usd_per_kwh=0.01, market_id="PT"),
]
# A hall whose fee rises in May, at night prices from March on.
MARCH, MAY = date(2024, 3, 1), date(2024, 5, 1)
TERMS = [
    site("hall", valid_to_date=MAY, colocation_usd_per_kw_month=165, pue_ratio=1.3),
    site("hall", valid_from_date=MAY, colocation_usd_per_kw_month=172.5, pue_ratio=1.3),
]
TARIFFS += [
    tariff("hall", valid_to_date=MARCH, energy_usd_per_kwh=0.2),
    tariff("hall", valid_from_date=MARCH, hour_to_index=6, energy_usd_per_kwh=0.06),
    tariff("hall", valid_from_date=MARCH, hour_from_index=6, energy_usd_per_kwh=0.1),
]
MONTH, HOUR, QUARTER = timedelta(days=31), timedelta(hours=1), timedelta(minutes=15)
# A month's price, an hour's that is negative, four of quarters.
MARKET = [
    (datetime(2024, 3, 1), MONTH, 100),
    (DAY, HOUR, -50),
    *((DAY + HOUR + step * QUARTER, QUARTER, 10 * (step + 1)) for step in range(4)),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("owned") / "home", min_free_disk_bytes=0)
    names = ("asset_id", "impairment_date", "impairment_usd", "new_salvage_usd")
    rate = {"rate_date": date(2024, 3, 8), "currency": "USD", "base_currency": "EUR", "units_per_base_ratio": 1.1}
    registers: dict[str, list[dict[str, Any]]] = {
        "raw.asset": ASSETS,
        "raw.asset_impairment": [LINEAGE | dict(zip(names, row, strict=True)) for row in IMPAIRMENTS],
        "raw.site": [
            site("services", **SERVICES),
            site("fifteen posts", staff_usd_per_fte_year=36500, staff_gpus_per_fte=Decimal("11.2")),
            *TERMS,
        ],
        "raw.tariff": TARIFFS,
        "raw.fx_rate": [LINEAGE | rate],
        "raw.energy_price": [
            LINEAGE | {"source": "test", "market_id": "PT", "starts_at": start, "ends_at": start + length,
                       "price_currency": "EUR", "energy_currency_per_mwh": price}
            for start, length, price in MARKET
        ],
    }  # fmt: skip
    build_owned(settings, registers, LAST, select=("+dim_site",))
    return settings


def by_year(home: Settings, name: str) -> list[Decimal]:
    """What is written off in each year of life, impairments taken back."""
    rows = ask(
        home,
        "select sum(segment_usd) from intermediate.int_depreciation_segment "
        f"where asset_id = '{name}' group by segment_index order by segment_index",
    )
    return [round(row[0], 12) for row in rows]


def near(usd: float | str | Decimal) -> object:
    """Equal but for what is cut at 1e-18 a day."""
    return pytest.approx(Decimal(usd), abs=DUST)


@pytest.mark.parametrize(
    ("component", "march_usd"),
    # ⌈16 / 10⌉ = 2 posts; March has 31 of 365 days.
    [("staff", 2 * 100 * 31), ("compliance", 310), ("physical_security", 310), ("network", 620), ("facility", 930)],
)
def test_each_service_of_a_site_is_a_component_of_its_own(home: Settings, component: str, march_usd: int) -> None:
    found = cost(home, "services", component, "usage_date between date '2024-03-01' and date '2024-03-31'")
    assert found == near(march_usd)


def test_gpus_that_fill_their_posts_need_no_post_more(home: Settings) -> None:
    """168 / 11.2 = 15, which binary fractions put a little above."""
    assert cost(home, "fifteen posts", "staff", "usage_date = date '2024-03-01'") == 15 * 100


@pytest.mark.parametrize(
    ("name", "years_usd"),
    [
        # Digits 5, 4, 3, 2, 1 of 15, on 9000.
        ("digits", [3000, 2400, 1800, 1200, 600]),
        # 30, 18 and 6 months left of 54: half the last year is half a digit.
        ("digits 30", [2500, 1500, 500]),
        # 40 % of 10000, of 6000, of 3600, of 2160; of the last 1296 what is above 1000.
        ("declining", [4000, 2400, 1440, 864, 296]),
        ("declining to 0", [4000, 2400, 1440, 864, 1296]),
        # 24 / 30 = 80 % a year, the rest in the last half.
        ("declining 30", [8000, 1600, 400]),
        # A life below two years: more than all of it in the first.
        ("declining 18", [9999, 0]),
        ("keeps value", [0, 0, 0, 0, 0]),
    ],
)
def test_each_method_writes_off_what_a_hand_works_out(home: Settings, name: str, years_usd: list[int]) -> None:
    assert by_year(home, name) == years_usd


# 3130.10 to 100 in three months at 1 % a month. The payment is 1031.301:
#   interest 31.301 on 3130.10, principal 1000; 21.301 on 2130.10, 1010; 11.201 on 1120.10, 1020.10; 100 are left.
ANNUITY = [1000, 1010, Decimal("1020.1")]
# Weights are of twelve digits.
PRINCIPAL = Decimal("1e-7")


def test_an_annuity_writes_off_the_principal_of_level_payments(home: Settings) -> None:
    assert by_year(home, "annuity") == pytest.approx(ANNUITY, abs=PRINCIPAL)
    assert cost(home, "annuity", "depreciation") == Decimal("3030.1")


def test_an_annuity_bears_the_daily_charge_on_a_book_value_that_falls_through_the_month(home: Settings) -> None:
    """29 February to 28 March, 29 days: 0.12 / 365 × (29 × 3130.10 − 1000 / 29 × (0 + 1 + … + 28 = 406))."""
    found = cost(home, "annuity", "cost_of_capital", "usage_date < date '2024-03-29'")
    assert found == pytest.approx(Decimal("0.12") / 365 * (29 * Decimal("3130.1") - 14000), abs=PRINCIPAL)


def test_an_impaired_annuity_goes_on_in_its_proportions_on_what_is_left(home: Settings) -> None:
    """A tenth of the 2030.10 that two months had to write off: 909 and 918.09, still growing by a hundredth."""
    expected = [1000, 909, Decimal("918.09")]
    assert by_year(home, "impaired annuity") == pytest.approx(expected, abs=PRINCIPAL)


def test_a_building_of_hundreds_of_millions_is_written_off_like_a_switch(home: Settings) -> None:
    """402 million at 1 % a month: 200 and 202; a tenth of the second is impaired before it begins."""
    assert by_year(home, "data center") == pytest.approx([200_000_000, 181_800_000], abs=Decimal("1e-3"))


def test_an_annuity_at_no_rate_is_a_straight_line(home: Settings) -> None:
    """29 February to 29 May are 90 days: a dollar each, though the months have 29, 31 and 30."""
    days = [f"usage_date = date '{day}'" for day in ("2024-03-01", "2024-04-01", "2024-05-01")]
    assert [cost(home, "annuity at no rate", "depreciation", day) for day in days] == [1, 1, 1]


def test_macrs_and_straight_line_are_the_published_tables(home: Settings, shared: Path) -> None:
    """IRS Publication 946, table A-1; and 2000 a year of the textbook's case, over its five years."""
    table = YAML(typ="safe").load((shared / "golden/lease_finance.yaml").read_text())
    fracs = table["macrs_5_year_half_year"]["frac"]
    assert by_year(home, "macrs") == [10000 * Decimal(str(frac)) for frac in fracs]
    given = table["lease_or_buy_npv"]["inputs"]
    assert by_year(home, "straight") == [given["depreciation_per_year"] * given["years"]]


def test_five_years_from_29_february_end_on_the_28th(home: Settings) -> None:
    """2024-02-29 to 2029-02-28 are 1826 days."""
    assert cost(home, "straight", "depreciation", "usage_date = date '2024-06-30'") == near(Decimal(10000) / 1826)


# Ten a day for 40 days; (3250 − 100) / 325 a day for 50; what is left less 75, over 275 days, for 10.
AT_FIRST = Decimal(3250 - 100) / 325
LATER = (3150 - 50 * AT_FIRST - 75) / 275


@pytest.mark.parametrize(
    ("day", "depreciation_usd"), [("2024-04-08", 10), ("2024-04-09", AT_FIRST), ("2024-05-29", LATER)]
)
def test_an_impairment_lowers_depreciation_from_its_day_on(home: Settings, day: str, depreciation_usd: Decimal) -> None:
    assert cost(home, "impaired", "depreciation", f"usage_date = date '{day}'") == near(depreciation_usd)


def test_an_impairment_is_a_cost_of_its_day_and_off_the_book_value_that_morning(home: Settings) -> None:
    assert cost(home, "impaired", "impairment", "usage_date = date '2024-04-09'") == 100
    sql = "select book_value_usd from intermediate.int_owned_book_value_daily where asset_id = 'impaired' "
    assert ask(home, sql + "and usage_date = date '2024-04-09'") == [(Decimal(3150),)]


def test_scrapping_that_costs_something_adds_to_the_loss(home: Settings) -> None:
    """Twenty paid for taking it away: book value less −20."""
    assert cost(home, "impaired", "disposal") == near(3150 - 75 - 50 * AT_FIRST - 10 * LATER + 20)


def test_what_an_asset_costs_in_all_is_its_price_less_proceeds(home: Settings) -> None:
    parts = [cost(home, "impaired", part) or 0 for part in ("depreciation", "impairment", "disposal")]
    assert sum(parts) == 3650 + 20


def test_an_impaired_macrs_asset_goes_on_by_the_table_on_what_is_left(home: Settings) -> None:
    """5200 gone, 680 of the last 4800 impaired: 4120 in the proportions 1920 : 1152 : 1152 : 576."""
    assert by_year(home, "impaired macrs")[2:] == [Decimal(1648), Decimal("988.8"), Decimal("988.8"), Decimal("494.4")]


def test_a_lower_salvage_value_is_written_off_over_the_rest_of_the_life(home: Settings) -> None:
    """3500 over 365 days; 100 impaired, 100 more to write off: the day's amount stays."""
    assert cost(home, "worth less later", "depreciation", "usage_date = date '2024-06-30'") == near(Decimal(3500) / 365)


@pytest.mark.parametrize("method", ["straight_line", "declining_balance"])
def test_what_was_to_keep_its_value_is_written_off_by_days_once_it_does_not(home: Settings, method: str) -> None:
    """Nothing to write off of 3650; then 100 impaired and 3225 expected at the end: 325 in the 325 days left."""
    days = [f"usage_date = date '{day}'" for day in ("2024-04-08", "2024-04-09", "2024-06-30")]
    assert [cost(home, f"land {method}", "depreciation", day) for day in days] == [0, 1, 1]


def test_an_asset_impaired_before_it_is_live_costs_less_capital_and_depreciates_from_less(home: Settings) -> None:
    # A dollar a day, from the 11th ninety cents; then (3650 − 365) / 365.
    assert cost(home, "impaired at sea", "implementation") == near("28.9")
    assert cost(home, "impaired at sea", "depreciation", "usage_date = date '2024-04-01'") == near(9)


def test_an_asset_impaired_to_its_salvage_stays_there(home: Settings) -> None:
    """One and five of the six above it; 6, 1 and 5 of 365 days, each cut, leave a last place too much or too little."""
    sql = "select distinct book_value_usd, depreciation_usd from intermediate.int_owned_book_value_daily "
    assert ask(home, sql + "where asset_id = 'down to its salvage'") == [(4, 0)]


def test_salvage_that_falls_by_what_is_written_down_leaves_the_schedule_alone(home: Settings) -> None:
    """Ten, and nothing is left above 90; then those."""
    sql = "select distinct book_value_usd, depreciation_usd from intermediate.int_owned_book_value_daily "
    found = ask(home, sql + "where asset_id = 'lost in two days' order by 1")
    assert found == [(0, 0), (90, 0)]


@pytest.mark.parametrize("method", SEGMENTED)
def test_of_an_asset_written_down_to_nothing_or_a_cent_no_segment_is_below_nought(home: Settings, method: str) -> None:
    """The cent is written off in the proportions of the schedule, like the whole price before."""
    assert set(by_year(home, f"lost {method}")) == {0}
    cents = [100 * part for part in by_year(home, f"nearly lost {method}")]
    sql = f"select segment_usd / {LOST_USD} from intermediate.int_depreciation_segment where impairment_index = 0 "
    planned = ask(home, sql + f"and asset_id = 'nearly lost {method}' order by segment_index")
    assert [float(part) for part in cents] == pytest.approx([row[0] for row in planned], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "depreciation_usd", "disposal_usd"), [("a month", 120, 3530 - 2000), ("never live", None, 3650 - 2000)]
)
def test_an_asset_that_comes_and_goes_in_a_month(
    home: Settings, name: str, depreciation_usd: int | None, disposal_usd: int
) -> None:
    """Live from the 8th to the 20th: twelve days at ten."""
    assert (cost(home, name, "depreciation"), cost(home, name, "disposal")) == (depreciation_usd, disposal_usd)


def test_spares_and_storage_depreciate_over_lives_of_their_own(home: Settings) -> None:
    """2024-02-29 to 2026-02-28: 730 days. A spare draws nothing, storage its kilowatt at 0.10."""
    found = [
        cost(home, name, component, "usage_date = date '2024-03-01'")
        for name in ("spare", "storage")
        for component in ("depreciation", "power")
    ]
    assert found == [1, 0, 10, near("2.4")]


@pytest.mark.parametrize(
    ("name", "day_usd"),
    [
        ("flat", "2.4"),
        ("time of use", "2.8"),  # 8 × 0.05 + 16 × 0.15
        # −50 €/MWh for an hour, the mean of 10, 20, 30 and 40 for another, the month's 100 for 22; at 1.10, and a cent
        # on top of each: −0.055 + 0.0275 + 2.42 + 0.24.
        ("market", "2.6325"),
    ],
)
def test_energy_is_priced_by_the_tariff_of_its_hour(home: Settings, name: str, day_usd: str) -> None:
    assert cost(home, name, "power") == near(day_usd)
    sql = f"select distinct price_basis from intermediate.int_energy_price_hourly where site_id = '{name}'"
    assert ask(home, sql) == [(name,)]


def test_terms_of_a_site_begin_anew_where_its_fee_or_its_tariff_changes(home: Settings) -> None:
    """A quarter of the day at 0.06 and the rest at 0.10: 0.09 on average."""
    sql = "select valid_from_date, valid_to_date, colocation_usd_per_kw_month, energy_usd_per_kwh from marts.dim_site"
    rows = ask(home, f"{sql} where site_id = 'hall' order by valid_from_date")
    assert [row[:3] for row in rows] == [
        (date(2000, 1, 1), MARCH, 165), (MARCH, MAY, 165), (MAY, None, Decimal("172.5")),
    ]  # fmt: skip
    assert [row[3] for row in rows] == [near("0.2"), near("0.09"), near("0.09")]


def test_site_whose_electricity_a_market_prices_has_no_mean_price(home: Settings) -> None:
    sql = "select site_id, energy_usd_per_kwh from marts.dim_site where site_id in ('market', 'time of use')"
    assert dict(ask(home, sql)) == {"market": None, "time of use": near("0.116666666666666667")}  # 2.80 / 24
