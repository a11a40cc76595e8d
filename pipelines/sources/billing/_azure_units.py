"""Azure's units of measure as rules: "100 Hours" is 100 × Hours, "10K/Month" 10,000 × Units/Month, "Minute(s)" Minutes.

Belongs here: reading `UnitOfMeasure`, in English and in the few other languages it comes in. Not here: quantities.

The names are those of Microsoft's own table of pricing units (FinOps toolkit, PricingUnits.csv).
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._mapping import case_of
from pipelines.sources.sql import literal

HOURS: Final = "Hours"

_SUFFIXES: Final = {"K": "1000", "M": "1000000", "B": "1000000000"}
# The suffix stands alone: "100 MB" is not 100 million B, "1 Million" is a unit of its own.
_BLOCK: Final = r"^([0-9][0-9,]*) *([KMB]?)(?:[^A-Za-z]|$)"
_AFTER_BLOCK: Final = r"^[0-9][0-9,]*(?: *[KMB](?:\b|$))? *"

# Whole measures that no rule makes: what follows the block, in lower case → the unit.
_NAMED: Final = {
    "": "Units",
    "unassigned": "Units",
    "1 hour": HOURS,
    "1,000s": "Transactions in Thousands",
    "s": "Transactions",
    "api calls": "Requests",
    "print job": "Requests",
    "text": "Messages",
    "callingminutes": "Minutes",
    "concurrent dvc": "Configurations",
    "key use": "Keys",
    "maus": "Users/Month",
    "vm": "Virtual Machines",
    "por mes": "Months",
    "hora": HOURS,
    "小时": HOURS,
}
# What comes before the noun and says nothing of the unit.
_QUALIFIERS: Final = (
    "per privacy subject rights|per|activity|border|content|core|database|hosted|instance|messaging|named|"
    "operation|relay|reserved|service|virtual user"
)
# Before the noun, as a rate.
_RATES: Final = {"hourly": "Hour", "daily": "Day", "annual": "Year"}
# After the slash.
_PERIODS: Final = {"hora": "Hour", "小时": "Hour", "mes": "Month", "月": "Month", "month": "Month"}
# Nouns that stay as they are: measures, and what the table leaves in the singular.
_NOT_COUNTED: Final = "gb|gib|mb|mib|tb|tib|pb|pib|kb|mbps|count|million|rotation"


def block_size(measure: str) -> str:
    """SQL of how many units one unit of measure holds: 100 of "100 Hours", 1 where it gives no number."""
    digits = f"replace(regexp_extract({measure}, '^([0-9][0-9,]*)', 1), ',', '')"
    suffix = case_of(f"regexp_extract({measure}, '{_BLOCK}', 2)", _SUFFIXES, "1")
    # "10000s" is priced by the single transaction; "0 Unassigned" has no size.
    plain = f"regexp_matches({measure}, '^[0-9,]+s$') or {digits} in ('', '0')"
    return f"case when {plain} then 1 else try_cast({digits} as decimal(14,0)) * ({suffix}) end"


def distinct_unit(measure: str) -> str:
    """SQL of the unit in a unit of measure: "Hours" of "100 Hours"; null where the measure is null."""
    rest = f"trim(regexp_replace(regexp_replace({measure}, '{_AFTER_BLOCK}', ''), ' *[(].*[)]', ''))"
    named = {name: literal(unit) for name, unit in _NAMED.items()}
    body = case_of("lower(unit_rest)", named, _by_rule("unit_rest"))
    return f"case when {measure} is not null then {_let('unit_rest', rest, body)} end"


def _by_rule(rest: str) -> str:
    """The noun in the plural, over its period."""
    rates = {word: literal("/" + period) for word, period in _RATES.items()}
    rate = case_of(f"lower(regexp_extract({rest}, '^([A-Za-z]+) ', 1))", rates)
    over = f"regexp_extract({rest}, '/ *(.*)$', 1)"
    period = case_of(f"lower({over})", {word: literal(name) for word, name in _PERIODS.items()}, over)
    ending = f"coalesce({rate}, case when contains({rest}, '/') then '/' || {period} end, '')"
    words = f"trim(regexp_replace({rest}, '/.*$', ''))"
    for prefix in (f"^(?:{'|'.join(_RATES)}) ", f"^(?:(?:{_QUALIFIERS}) )+"):
        words = f"regexp_replace({words}, '{prefix}', '', 'i')"
    words = f"regexp_replace({words}, '^hrs?$', '{HOURS}', 'i')"
    is_plural = f"regexp_matches(unit_words, 's$|(?:^| )(?:{_NOT_COUNTED})$', 'i')"
    noun = f"case when unit_words = '' then 'Unit' else unit_words end || case when {is_plural} then '' else 's' end"
    spelled = "replace(upper(left(unit_noun, 1)) || substr(unit_noun, 2), 'Gb', 'GB')"
    return _let("unit_words", words, _let("unit_noun", noun, f"{spelled} || {ending}"))


def _let(name: str, value: str, body: str) -> str:
    """SQL that computes a value once and gives it a name."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"
