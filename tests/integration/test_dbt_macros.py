"""Exact money in SQL: shares that add up to the last 1e-18 dollar, products and quotients without binary fractions.

The macros are rendered as dbt renders them and run by DuckDB; expected values come from fractions.Fraction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transform import PROJECT

UNITS = 10**18
QUICK = settings(max_examples=60)


@cache
def environment() -> jinja2.Environment:
    return jinja2.Environment(autoescape=False)


def render(call: str) -> str:
    """SQL of a macro call."""
    macros = "".join((PROJECT / "macros" / name).read_text() for name in ("exact.sql", "largest_remainder.sql"))
    return environment().from_string(macros + "{{ " + call + " }}").render().strip()


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set threads = 1")
        opened.execute(
            "create table parts (pool varchar, id integer, amount decimal(38,18), weight bigint, total_weight bigint)"
        )
        yield opened


def shares(
    connection: duckdb.DuckDBPyConnection, pools: dict[str, tuple[Decimal, list[int]]]
) -> dict[str, list[Decimal]]:
    """Shares of each pool, in the order of its weights."""
    connection.execute("delete from parts")
    rows = [
        (pool, number, amount, weight, sum(weights))
        for pool, (amount, weights) in pools.items()
        for number, weight in enumerate(weights)
    ]
    connection.executemany("insert into parts values (?, ?, ?, ?, ?)", rows)
    sql = render('largest_remainder("parts", "pool, id", partition_by="pool", order_by="id")')
    found: dict[str, list[Decimal]] = {}
    for pool, _, share in connection.execute(f"select * from ({sql}) order by pool, id").fetchall():
        found.setdefault(pool, []).append(share)
    return found


def largest_remainder(amount: Decimal, weights: list[int]) -> list[Decimal]:
    """Hamilton's method, independently: whole units first, those left over to the largest remainders."""
    exact = [Fraction(amount) * UNITS * weight / sum(weights) for weight in weights]
    units = [int(share) for share in exact]
    left = int(Fraction(amount) * UNITS) - sum(units)
    order = sorted(range(len(weights)), key=lambda position: (-abs(exact[position] - units[position]), position))
    for position in order[: abs(left)]:
        units[position] += 1 if left > 0 else -1
    return [Decimal(unit).scaleb(-18) for unit in units]


amounts = st.decimals(min_value=-(10**8), max_value=10**8, places=18, allow_nan=False, allow_infinity=False)
weights_of_any_sign = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=8).filter(lambda w: sum(w) > 0)
weights_of_any_size = st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any)


def test_a_hundred_dollars_over_three_lose_no_cent(connection: duckdb.DuckDBPyConnection) -> None:
    """M02: 100 / 3 × 3 is 99.99 in cents; here the unit left over goes to the first."""
    (found,) = shares(connection, {"a": (Decimal(100), [1, 1, 1])}).values()
    third = Decimal("33.333333333333333333")
    assert found == [third + Decimal("1e-18"), third, third]


@given(amount=amounts, weights=weights_of_any_size)
@QUICK
def test_shares_add_up_exactly(connection: duckdb.DuckDBPyConnection, amount: Decimal, weights: list[int]) -> None:
    """M02, M03: any weights, any sign of the amount."""
    (found,) = shares(connection, {"a": (amount, weights)}).values()
    assert sum(Fraction(share) for share in found) == Fraction(amount)


@given(amount=amounts, weights=weights_of_any_size)
@QUICK
def test_shares_are_those_of_the_largest_remainder(
    connection: duckdb.DuckDBPyConnection, amount: Decimal, weights: list[int]
) -> None:
    (found,) = shares(connection, {"a": (amount, weights)}).values()
    assert found == largest_remainder(amount, weights)


@given(amount=amounts, tiny=st.integers(1, 3), large=st.lists(st.integers(10**11, 10**12), min_size=1, max_size=5))
@QUICK
def test_one_tiny_weight_among_large_ones_keeps_its_share(
    connection: duckdb.DuckDBPyConnection, amount: Decimal, tiny: int, large: list[int]
) -> None:
    """M02: within a unit of 1e-18 of the exact share, never rounded to nothing."""
    (found,) = shares(connection, {"a": (amount, [tiny, *large])}).values()
    exact = Fraction(amount) * tiny / (tiny + sum(large))
    assert abs(Fraction(found[0]) - exact) < Fraction(1, UNITS)


@given(amount=amounts, weights=weights_of_any_size)
@QUICK
def test_a_zero_weight_gets_nothing(connection: duckdb.DuckDBPyConnection, amount: Decimal, weights: list[int]) -> None:
    """M02: also where units are left over."""
    (found,) = shares(connection, {"a": (amount, [0, *weights, 0])}).values()
    assert (found[0], found[-1]) == (0, 0)


@given(
    amount=amounts, weights=st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=8).filter(lambda w: sum(w) > 0)
)
@QUICK
def test_shares_add_up_where_a_weight_is_negative(
    connection: duckdb.DuckDBPyConnection, amount: Decimal, weights: list[int]
) -> None:
    """M04: time seen beyond what was paid is a negative weight, not clamped."""
    (found,) = shares(connection, {"a": (amount, weights)}).values()
    assert sum(Fraction(share) for share in found) == Fraction(amount)


def test_an_over_allocated_pool_still_adds_up(connection: duckdb.DuckDBPyConnection) -> None:
    """M04: 10 h paid, 12 h held, -2 h over-allocated: 100 USD are 120 and -20."""
    (found,) = shares(connection, {"a": (Decimal(100), [12, -2])}).values()
    assert found == [120, -20]


def test_pools_do_not_touch_each_other(connection: duckdb.DuckDBPyConnection) -> None:
    pools = {"a": (Decimal(1), [1, 1, 1]), "b": (Decimal(-1), [1, 2]), "c": (Decimal(0), [5])}
    expected = {pool: largest_remainder(amount, weights) for pool, (amount, weights) in pools.items()}
    assert shares(connection, pools) == expected


@pytest.mark.parametrize("sign", [1, -1])
def test_a_product_beyond_128_bits_is_split_as_exactly(connection: duckdb.DuckDBPyConnection, sign: int) -> None:
    """1e12 USD × 1e18 in units of 1e-18 is 1e48."""
    amount, weights = sign * Decimal("1000000000000.000000000000000007"), [10**18, 3 * 10**18 + 1, 1]
    (found,) = shares(connection, {"a": (amount, weights)}).values()
    assert found == largest_remainder(amount, weights)


@given(amount=amounts)
@QUICK
def test_units_are_whole_and_go_back_to_the_amount(connection: duckdb.DuckDBPyConnection, amount: Decimal) -> None:
    units = render('to_units("cast(? as decimal(38,18))")')
    back = render(f"from_units({units!r})")
    found = connection.execute(f"select {units}, {back}", [amount, amount]).fetchone()
    assert found == (int(Fraction(amount) * UNITS), amount)


@given(
    amount=st.decimals(min_value=-(10**6), max_value=10**6, places=18),
    factor=st.decimals(min_value=-(10**4), max_value=10**4, places=9),
    divisor=st.integers(1, 366),
)
@QUICK
def test_scaled_is_the_exact_product_cut_at_the_last_place(
    connection: duckdb.DuckDBPyConnection, amount: Decimal, factor: Decimal, divisor: int
) -> None:
    """M01: price × fraction ÷ days, towards zero."""
    sql = render('scaled("cast(? as decimal(38,18))", "cast(? as decimal(38,18))", "cast(? as integer)")')
    (found,) = connection.execute(f"select {sql}", [amount, factor, divisor]).fetchone()
    exact = Fraction(amount) * Fraction(factor) / divisor
    assert Fraction(found) == Fraction(int(exact * UNITS), UNITS)


@pytest.mark.parametrize(
    ("day", "days"),
    [("2026-02-10", 28), ("2028-02-29", 29), ("2026-08-31", 31), ("2026-12-31", 31), ("2026-09-30", 30)],
)
def test_days_in_a_month_are_the_calendars(connection: duckdb.DuckDBPyConnection, day: str, days: int) -> None:
    """Z06."""
    sql = render(f"""days_in_month("date '{day}'")""")
    assert connection.execute(f"select {sql}").fetchone() == (days,)


@given(numbers=st.lists(st.none() | st.integers(0, 200), max_size=150))
@QUICK
def test_repeated_numbers_are_found_by_one_bit_each(
    connection: duckdb.DuckDBPyConnection, numbers: list[int | None]
) -> None:
    """B16: groups of 64 numbers in which two rows are alike, or a row has no number, and no others."""
    connection.execute("create or replace temp table numbered (number bigint)")
    connection.executemany("insert into numbered values (?)", [(number,) for number in [*numbers, 500]])
    having = render('repeats("number")')
    groups = Counter(None if number is None else number // 64 for number in numbers)
    different = Counter(number // 64 for number in set(numbers) if number is not None)
    found = connection.execute(f"select number // 64 from numbered group by 1 having {having}").fetchall()
    assert {row[0] for row in found} == {
        group for group, rows in groups.items() if group is None or rows > different[group]
    }
