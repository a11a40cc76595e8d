"""Numerals and times of a mapped CSV. Expected values are by Python's decimal and zoneinfo, or by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.billing._mapped_values import in_utc, moment, month_of, numeral, product, quotient
from pipelines.sources.sql import literal, text

PLACES = Decimal(1).scaleb(-18)
QUICK = settings(max_examples=200)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        yield opened


def value(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    return connection.execute(f"select {sql}").fetchone()[0]


def read(connection: duckdb.DuckDBPyConnection, cell: str, **spelling: object) -> object:
    """A cell as a source reads it."""
    return value(connection, numeral(f"({text(literal(cell))})", **({"decimal": "."} | spelling)))


def rounded(number: Decimal) -> Decimal:
    with localcontext(prec=80):
        return number.quantize(PLACES, rounding=ROUND_HALF_UP)


def money(sql_text: Decimal) -> str:
    return f"cast({literal(f'{sql_text:f}')} as decimal(38,18))"


NUMERALS = st.tuples(
    st.sampled_from(["", "+", "-"]),
    st.one_of(st.from_regex(r"[0-9]{1,9}", fullmatch=True), st.just("0")),
    st.one_of(st.just(""), st.from_regex(r"\.[0-9]{0,20}", fullmatch=True)),
    st.one_of(st.just(""), st.builds("{}{:+03d}".format, st.sampled_from("eE"), st.integers(-25, 8))),
).map("".join)


@QUICK
@given(cell=NUMERALS)
def test_a_numeral_is_the_decimal_that_python_reads(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    """T05: signs, exponents, -0, bare points; exact to 18 places, and rounded half away from zero beyond them.

    DuckDB rounds 5e-20 up to 1e-18: with an exponent the last place may be one off where there are more than 18.
    """
    found, exact = read(connection, cell), Decimal(cell)
    fits = exact == rounded(exact)
    assert abs(found - rounded(exact)) <= (PLACES if "e" in cell.lower() and not fits else 0)


@QUICK
@given(
    whole=st.integers(-(10**15), 10**15), cents=st.integers(0, 99), spelling=st.sampled_from([",.", ".,", " .", "',"])
)
def test_grouped_digits_are_the_number_without_groups(
    connection: duckdb.DuckDBPyConnection, whole: int, cents: int, spelling: str
) -> None:
    """T04: `1.234,56` and `1,234.56` by what is declared."""
    thousands, decimal = spelling
    cell = f"{whole:,}".replace(",", thousands) + f"{decimal}{cents:02d}"
    sign = "-" if whole < 0 else ""
    assert read(connection, cell, decimal=decimal, thousands=thousands) == Decimal(f"{sign}{abs(whole)}.{cents:02d}")


@QUICK
@given(cell=st.text(alphabet="0123456789.,eE+-()$ ainfNIF_x", max_size=12))
def test_what_is_no_plain_numeral_is_null(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    """T05: NaN, Inf, `1_000`, `0x1F` and half numerals are refused, whatever DuckDB's cast makes of them."""
    bare = cell.strip()
    body = bare[1:] if bare[:1] in ("+", "-") else bare
    mantissa, mark, exponent = body.replace("E", "e").partition("e")
    digits = mantissa.replace(".", "", 1)
    power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    is_numeral = digits.isdecimal() and (not mark or (power.isdecimal() and len(power) <= 3))
    found = read(connection, cell)
    if not is_numeral:
        assert found is None
    elif Decimal(bare).adjusted() < 19:
        assert abs(found - rounded(Decimal(bare))) <= PLACES


@pytest.mark.parametrize(
    "cell", ["NaN", "nan", "Infinity", "-inf", "1_000", "1 000", "0x10", "12%", "1.2.3", "e5", ".", "-"]
)
def test_words_and_other_spellings_are_no_number(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    """T05."""
    assert read(connection, cell) is None


@pytest.mark.parametrize("cell", ["", "   ", "NULL"])
def test_a_blank_is_no_zero(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    """T05, T08."""
    assert read(connection, cell) is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("(1,234.50)", "-1234.5"), ("$1,234.50", "1234.5"), ("-$5", "-5"), ("$-5", "-5"), ("($5)", "-5"), ("5 USD", "5")],
)
def test_accounting_spellings_are_read_where_they_are_declared(
    connection: duckdb.DuckDBPyConnection, cell: str, expected: str
) -> None:
    """T05."""
    spelling = {"thousands": ",", "parentheses": True, "signs": ("$", "USD")}
    assert read(connection, cell, **spelling) == Decimal(expected)
    assert read(connection, cell) is None


@pytest.mark.parametrize("cell", ["1,23", "12,34.5", "1,2345", ",123", "1,,234"])
def test_groups_that_are_not_of_three_digits_tell_of_another_locale(
    connection: duckdb.DuckDBPyConnection, cell: str
) -> None:
    """T04: `1,23` is 1.23 somewhere; with thousands in commas it is not 123."""
    assert read(connection, cell, thousands=",") is None


AMOUNTS = st.decimals(-(10**9), 10**9, places=18)


@QUICK
@given(one=AMOUNTS, other=AMOUNTS)
def test_a_product_is_exact_to_the_last_places(
    connection: duckdb.DuckDBPyConnection, one: Decimal, other: Decimal
) -> None:
    """Each of four parts is rounded at the 18th place, so two units of it are the most that can be amiss."""
    with localcontext(prec=80):
        exact = one * other
        assert abs(value(connection, product(money(one), money(other))) - exact) <= 2 * PLACES


@QUICK
@given(one=st.decimals(-(10**6), 10**6, places=9), gpus=st.integers(0, 10**6))
def test_hours_times_gpus_are_exact(connection: duckdb.DuckDBPyConnection, one: Decimal, gpus: int) -> None:
    assert value(connection, product(money(one), money(Decimal(gpus)))) == one * gpus


def test_a_product_that_no_column_holds_is_null(connection: duckdb.DuckDBPyConnection) -> None:
    """Not an error that stops the load."""
    assert value(connection, product(money(Decimal(10**12)), money(Decimal(10**12)))) is None


@QUICK
@given(one=AMOUNTS, divisor=st.integers(1, 10**6))
def test_a_quotient_is_rounded_half_away_from_zero(
    connection: duckdb.DuckDBPyConnection, one: Decimal, divisor: int
) -> None:
    """T06: not by way of binary floats."""
    with localcontext(prec=80):
        assert value(connection, quotient(money(one), divisor)) == (one / divisor).quantize(
            PLACES, rounding=ROUND_HALF_UP
        )


ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "UTC")


@QUICK
@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(microsecond=0)),
    zone=st.sampled_from(ZONES),
    repeated=st.sampled_from(["earlier", "later", None]),
)
def test_a_local_time_is_the_utc_that_zoneinfo_gives(
    connection: duckdb.DuckDBPyConnection, at: datetime, zone: str, repeated: str | None
) -> None:
    """Z02, by Python's own tables: what clocks leave out is null, what they show twice goes by what is declared."""
    first, second = (
        at.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)
    )
    if first.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != at:
        expected = None
    elif first != second:
        expected = {"earlier": first, "later": second}.get(repeated)
    else:
        expected = first
    assert value(connection, in_utc(f"timestamp '{at}'", zone, repeated)) == expected


@pytest.mark.parametrize(
    ("local", "repeated", "expected"),
    [
        ("2026-10-25 02:30", None, None),
        ("2026-10-25 02:30", "earlier", datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25 02:30", "later", datetime(2026, 10, 25, 1, 30)),
        ("2026-03-29 02:30", "later", None),
        ("2026-10-25T02:30+02:00", None, datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30Z", None, datetime(2026, 10, 25, 2, 30)),
        ("2026-10-25 02:30:15.5 +0530", None, datetime(2026, 10, 24, 21, 0, 15, 500_000)),
        ("2026-10-25 02:30:15+02", None, datetime(2026, 10, 25, 0, 30, 15)),
        ("2026-08-01", None, datetime(2026, 7, 31, 22)),
    ],
)
def test_the_hours_that_berlin_repeats_and_leaves_out(
    connection: duckdb.DuckDBPyConnection, local: str, repeated: str | None, expected: datetime | None
) -> None:
    """Z02; text with an offset of its own needs no zone."""
    sql = moment(literal(local), form="iso", zone="Europe/Berlin", repeated_hour=repeated)
    assert value(connection, sql) == expected


def test_a_day_on_which_clocks_change_has_23_hours(connection: duckdb.DuckDBPyConnection) -> None:
    """Z02, Z04: the end of an inclusive day is the next midnight by the calendar of the zone."""
    start, end = (
        value(connection, moment("'2026-03-29'", form="iso", zone="Europe/Berlin", plus=plus))
        for plus in (None, "interval 1 day")
    )
    assert end - start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("cell", "form", "expected"),
    [
        ("03/08/2026", "%d/%m/%Y", datetime(2026, 8, 3)),
        ("03/08/2026", "%m/%d/%Y", datetime(2026, 3, 8)),
        ("9/2/2026", "%m/%d/%Y", datetime(2026, 9, 2)),
        ("13/08/2026", "%m/%d/%Y", None),
        ("03/08/26", "%d/%m/%Y", None),
        ("03/08/26", "%d/%m/%y", datetime(2026, 8, 3)),
        ("2026-08-01 00:00 +0530", "%Y-%m-%d %H:%M %z", datetime(2026, 7, 31, 18, 30)),
        ("2026-08-01", "%d/%m/%Y", None),
        ("20260801", "iso", None),
        ("2026-02-30", "iso", None),
    ],
)
def test_a_date_is_read_as_declared_or_not_at_all(
    connection: duckdb.DuckDBPyConnection, cell: str, form: str, expected: datetime | None
) -> None:
    """T03; a year of two digits is not the year 26."""
    assert value(connection, moment(literal(cell), form=form, zone="UTC")) == expected


def test_the_month_of_a_charge_is_that_of_its_zone(connection: duckdb.DuckDBPyConnection) -> None:
    """M07: the first of August in Berlin begins in July, UTC."""
    utc = "timestamp '2026-07-31 22:00'"
    assert value(connection, month_of(utc, "Europe/Berlin")) == datetime(2026, 8, 1)
    assert value(connection, month_of(utc, "UTC")) == datetime(2026, 7, 1)
