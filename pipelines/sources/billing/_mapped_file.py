"""What a mapping file says, checked, with the contract columns by their FOCUS names.

Belongs here: what a mapping may fill, and what contradicts itself in one. Not here: the CSV it is for, SQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import ValidationError

from pipelines.contracts import LINEAGE, MONEY, Column
from pipelines.contracts.cost_line import CONTRACT
from pipelines.errors import InputError
from pipelines.sources.billing._mapped_keys import MappingKeys, NumberRule, Rule, TextRule, TimeRule, is_number
from pipelines.sources.billing._mapped_yaml import Location, MappingText, keys_of, nearest, read_mapping_text
from pipelines.sources.handkept import raise_problems

# Closed lists of FOCUS that the contract leaves open.
FOCUS_WORDS: Final = {
    "ChargeFrequency": ("One-Time", "Recurring", "Usage-Based"),
    "PricingCategory": ("Standard", "Dynamic", "Committed", "Other"),
    "CommitmentDiscountCategory": ("Spend", "Usage"),
}
# Columns that other keys fill.
BY_OTHER_KEYS: Final = {"BillingPeriodStart": "period", "BillingPeriodEnd": "period", "Tags": "tags"}
REQUIRED: Final = (
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ServiceProviderName",
)


@dataclass(frozen=True, slots=True)
class CheckedMapping:
    """A mapping that holds together.

    Attributes:
        text: where its keys stand.
        keys: what it says.
        rules: FOCUS name of a contract column → rule.
    """

    text: MappingText
    keys: MappingKeys
    rules: Mapping[str, Rule]


def focus_name(name: str) -> str:
    """A contract column's name as FOCUS writes it: `billed_cost` is `BilledCost`."""
    return "".join(part.capitalize() for part in name.split("_"))


@cache
def focus_columns() -> Mapping[str, Column]:
    """Contract columns by FOCUS name, without those that the loader fills."""
    filled = {column.name for column in LINEAGE} | {"source"}
    return {focus_name(column.name): column for column in CONTRACT.columns if column.name not in filled}


def allowed_words(name: str) -> tuple[str, ...]:
    """The closed list of a column, by its FOCUS name; () where it has none."""
    return focus_columns()[name].allowed or FOCUS_WORDS.get(name, ())


def checked_mapping(name: str, text: str) -> CheckedMapping:
    """A mapping file's content.

    Raises:
        InputError: lists every fault, with line, value and remedy.
    """
    found = read_mapping_text(name, text)
    raise_problems(found.problems, InputError)
    try:
        keys = MappingKeys.model_validate(found.data)
    except ValidationError as error:
        found.complain_of(error, (), dict(keys_of(MappingKeys)))
        raise_problems(found.problems, InputError)
        raise
    rules = {name: rule for name, given in keys.columns.items() if (rule := _rule(found, name, given))}
    _check_constants(found, keys)
    _check_together(found, keys, rules)
    raise_problems(found.problems, InputError)
    return CheckedMapping(found, keys, rules)


def _rule(found: MappingText, name: str, given: Any) -> Rule | None:
    at = ("columns", name)
    if not _is_fillable(found, at, name):
        return None
    kind = focus_columns()[name].type
    model = TimeRule if kind == "TIMESTAMP" else NumberRule if kind == MONEY else TextRule
    try:
        rule = model.model_validate({"column": given} if isinstance(given, str) else given)
    except ValidationError as error:
        keys = tuple(key for key in model.model_fields if key != "factors")
        found.complain_of(error, at, {(): keys})
        return None
    wrong = _contradiction(name, rule)
    if wrong:
        found.complain(at, *wrong)
        return None
    _check_words(found, at, name, rule)
    return rule


def _is_fillable(found: MappingText, at: Location, name: str) -> bool:
    if name in BY_OTHER_KEYS:
        found.complain(at, f"{name} is not filled here", f"write it under `{BY_OTHER_KEYS[name]}:`")
        return False
    if name not in focus_columns():
        remedy = f"did you mean {nearest(name, focus_columns())!r}? docs/mapping.md lists them"
        found.complain(at, f"{name!r} is no column of a cost line", remedy)
        return False
    return True


def _contradiction(name: str, rule: Rule) -> tuple[str, str] | None:
    if isinstance(rule, TextRule):
        ways = [rule.column, rule.first_of or None, rule.join or None]
        wanted = "column, first_of or join"
    elif isinstance(rule, NumberRule):
        ways = [rule.column, rule.sum or None]
        wanted = "column or sum"
    elif name == "ChargePeriodEnd":
        ways = [rule.column, rule.from_period, rule.lasts, rule.lasts_hours]
        wanted = "column, from_period, lasts or lasts_hours"
    else:
        ways = [rule.column, rule.from_period]
        wanted = "column or from_period"
        if rule.lasts or rule.lasts_hours:
            return "a start does not last", "write lasts or lasts_hours under ChargePeriodEnd"
    if sum(way is not None for way in ways) != 1:
        return "says not where its value stands, or says it twice", f"write one of {wanted}"
    if isinstance(rule, TextRule) and rule.otherwise is not None and not rule.values:
        return "`otherwise` without `values`", "write the table under `values:`, or `blank:` for empty cells"
    return None


def _check_words(found: MappingText, at: Location, name: str, rule: Rule) -> None:
    allowed = allowed_words(name)
    if not allowed or not isinstance(rule, TextRule):
        return
    given: dict[Location, str | None] = {("values", key): word for key, word in rule.values.items()}
    given |= {("otherwise",): rule.otherwise, ("blank",): rule.blank}
    for place, word in given.items():
        if word is not None and word not in allowed:
            found.complain((*at, *place), f"{word!r} is no {name}", f"use one of: {', '.join(allowed)}")


def _check_constants(found: MappingText, keys: MappingKeys) -> None:
    for name, value in keys.constants.items():
        at = ("constants", name)
        if not _is_fillable(found, at, name):
            continue
        kind, allowed = focus_columns()[name].type, allowed_words(name)
        if name in keys.columns:
            found.complain(at, "stands under `columns:` too", "keep one of them")
        elif kind == "TIMESTAMP":
            found.complain(at, "a time is no constant", "write {from_period: start} under `columns:`")
        elif kind == MONEY and not is_number(value):
            found.complain(at, f"{value!r} is no number", "write it plainly with a point, as 1.25")
        elif allowed and value not in allowed:
            found.complain(at, f"{value!r} is no {name}", f"use one of: {', '.join(allowed)}")
        elif name == "BillingCurrency" and not re.fullmatch(r"[A-Z]{3}", value):
            found.complain(at, f"{value!r} is no currency", "write its ISO 4217 code, as USD")


def _check_together(found: MappingText, keys: MappingKeys, rules: Mapping[str, Rule]) -> None:
    for name in REQUIRED:
        if name not in keys.columns and name not in keys.constants:
            remedy = f"add {name} under `columns:`" + (
                "" if focus_columns()[name].type in ("TIMESTAMP", MONEY) else " or `constants:`"
            )
            found.complain(("columns",), f"{name} is missing", remedy)
    start = rules.get("ChargePeriodStart")
    if keys.period.of and isinstance(start, TimeRule) and start.from_period:
        found.complain(("period",), "the period is taken from the charge, and the charge from the period", "name one")
    if keys.tags and keys.tags_json:
        found.complain(("tags_json",), "stands beside `tags:`", "keep one of them")
