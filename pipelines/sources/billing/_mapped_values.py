"""Text of a mapped CSV as numbers and moments: SQL for numerals and times whose spelling a mapping declares.

Nothing is sniffed. Text that is not spelled as declared yields null, so that its row is rejected by name and value.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.sql import literal, timestamp

MONEY_SQL: Final = "decimal(38,18)"
UTC: Final = "UTC"
# An ISO time of day that says its offset; a date alone ends in "-01" and must not look like one.
_OFFSET: Final = r":[0-9]{2}(?:[.][0-9]+)?\s*(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_ISO: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?)?"
# `%Y` takes "26" for the year 26. No bill is that old.
_FIRST_YEAR: Final = 1990

# What is added to a period's end, by how the provider writes ends.
END_INTERVALS: Final = {
    "exclusive": None,
    "last_day": "interval 1 day",
    "last_hour": "interval 1 hour",
    "last_minute": "interval 1 minute",
    "last_second": "interval 1 second",
    "last_millisecond": "interval 1 millisecond",
    "last_microsecond": "interval 1 microsecond",
}


def numeral(
    text: str, *, decimal: str, thousands: str = "", parentheses: bool = False, signs: tuple[str, ...] = ()
) -> str:
    """SQL of DECIMAL(38,18) from text; null where the text is no numeral of that spelling.

    Args:
        text: SQL of trimmed text.
        decimal: the decimal separator.
        thousands: the separator of groups of three digits; '' for none. Groups that are not of three are no numeral,
            which is how `1.234,56` is told from `1,234.56`.
        parentheses: whether `(1.00)` is -1.00.
        signs: currency signs that may stand before or after the number; letters, `$`, `€` and their like only.
    """
    bare = text
    if signs:
        # \Q…\E takes what is between literally.
        sign = "(?:" + "|".join(rf"\Q{one}\E" for one in signs) + ")"
        before, behind = literal(rf"^([(+-]?)\s*{sign}\s*"), literal(rf"\s*{sign}(\)?)$")
        bare = rf"regexp_replace(regexp_replace({text}, {before}, '\1'), {behind}, '\1')"
    digits = rf"(?:[0-9]{{1,3}}(?:[{thousands}][0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    unsigned = rf"(?:{digits}(?:[{decimal}][0-9]*)?|[{decimal}][0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
    pattern = rf"[+-]?{unsigned}" + (rf"|\({unsigned}\)" if parentheses else "")
    plain = f"replace({bare}, {literal(thousands)}, '')" if thousands else bare
    plain = f"replace({plain}, ',', '.')" if decimal == "," else plain
    plain = f"replace(replace({plain}, '(', '-'), ')', '')" if parentheses else plain
    # Of 64 bits where it fits, which is the same number: DuckDB needs fifty times as long for a cast to 128 bits.
    short = "regexp_full_match(plain, '[+-]?[0-9]{1,9}(?:[.][0-9]{0,9})?')"
    cast = (
        f"case when {short} then cast(try_cast(plain as decimal(18,9)) as {MONEY_SQL}) "
        f"else try_cast(plain as {MONEY_SQL}) end"
    )
    return f"case when regexp_full_match({bare}, {literal(pattern)}) then {once(plain, 'plain', cast)} end"


def product(one: str, other: str) -> str:
    """SQL of two DECIMAL(38,18) multiplied; right to the last places, null beyond DECIMAL(38,18).

    DuckDB's own product of two such numbers has 36 places and overflows above 99. Each is split into its first nine
    places and the rest, and the four products fit.
    """

    def split(value: str) -> tuple[str, str]:
        head = f"trunc({value}, 9)"
        return f"cast({head} as decimal(38,9))", f"cast({value} - {head} as decimal(18,18))"

    (head, rest), (other_head, other_rest) = split("pair[1]"), split("pair[2]")
    parts = (f"{head} * {other_head}", f"{head} * {other_rest}", f"{rest} * {other_head}", f"{rest} * {other_rest}")
    whole = " + ".join(f"cast({part} as {MONEY_SQL})" for part in parts)
    whole = f"case when {rest} = 0 and {other_rest} = 0 then {parts[0]} else {whole} end"
    return f"try({once(f'[cast({one} as {MONEY_SQL}), cast({other} as {MONEY_SQL})]', 'pair', whole)})"


def quotient(sql: str, divisor: int) -> str:
    """SQL of a DECIMAL(38,18) divided by a whole number above 0, rounded half away from zero.

    In whole units of 1e-18, since DuckDB divides decimals as binary floats.
    """
    units = f"cast(replace(cast(cast({sql} as {MONEY_SQL}) as varchar), '.', '') as hugeint)"
    by = f"cast({divisor} as hugeint)"
    rounded = f"units // {by} + case when abs(units % {by}) * 2 >= {by} then sign(units) else 0 end"
    back = f"cast({rounded} as decimal(38,0)) * cast('0.000000000000000001' as decimal(18,18))"
    return f"try({once(units, 'units', back)})"


def once(sql: str, name: str, within: str) -> str:
    """SQL of `within`, in which `name` is the value of `sql`, worked out once a row."""
    return f"list_transform([{sql}], lambda {name}: {within})[1]"


def moment(text: str, *, form: str, zone: str, repeated_hour: str | None = None, plus: str | None = None) -> str:
    """SQL of a UTC TIMESTAMP from text.

    A local time that a change of clocks leaves out is null, and so is one it repeats where `repeated_hour` is None.

    Args:
        text: SQL of trimmed text.
        form: 'iso', or a format of `strptime`.
        zone: where clocks show this time. Text with an offset of its own goes by that.
        repeated_hour: 'earlier' or 'later', for the hour that clocks show twice.
        plus: interval to add, by the zone's calendar.
    """
    if form != "iso":
        parsed = f"try_strptime({text}, {literal(form)})"
        dated = f"case when year({parsed}) >= {_FIRST_YEAR} then {parsed} end"
        if "%z" in form:
            return _plus(f"timezone('UTC', {dated})", plus)
        return in_utc(_plus(f"cast({dated} as timestamp)", plus), zone, repeated_hour)
    local = f"case when regexp_full_match({text}, {literal(_ISO)}) then try_cast({text} as timestamp) end"
    # DuckDB takes an offset right behind seconds, and only there.
    close = f"regexp_replace({text}, '\\s+(Z|[+-])', '\\1')"
    utc = _plus(timestamp(f"regexp_replace({close}, '^(.{{16}})(Z|[+-])', '\\1:00\\2')").sql, plus)
    return (
        f"case when regexp_matches({text}, {literal(_OFFSET)}) then {utc} "
        f"else {in_utc(_plus(local, plus), zone, repeated_hour)} end"
    )


def in_utc(local: str, zone: str, repeated_hour: str | None) -> str:
    """SQL of the UTC TIMESTAMP at which the clocks of `zone` show `local`; null where they never or twice do."""
    if zone == UTC:
        return local
    at = literal(zone)

    def shown(shift: str = "") -> str:
        return f"timezone({at}, timezone({at}, clock){shift})"

    def utc(shift: str = "") -> str:
        return f"timezone('UTC', timezone({at}, clock){shift})"

    if repeated_hour:
        # Of the two readings the one asked for, whichever of them DuckDB takes.
        shift = " - interval 1 hour" if repeated_hour == "earlier" else " + interval 1 hour"
        twice = f"when {shown(shift)} = clock then {utc(shift)}"
    else:
        twice = f"when clock in ({shown(' - interval 1 hour')}, {shown(' + interval 1 hour')}) then null"
    return once(local, "clock", f"case when {shown()} is distinct from clock then null {twice} else {utc()} end")


def month_of(utc: str, zone: str) -> str:
    """SQL of the first day of the calendar month that the clocks of `zone` show at a UTC TIMESTAMP."""
    local = utc if zone == UTC else f"timezone({literal(zone)}, timezone('UTC', {utc}))"
    return f"cast(date_trunc('month', {local}) as timestamp)"


def _plus(sql: str, interval: str | None) -> str:
    return f"({sql}) + {interval}" if interval else sql
