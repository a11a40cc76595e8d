"""A checked mapping as SQL expressions over a CSV's columns: the closed set of operations a mapping may name.

Names from the mapping never reach SQL: columns are addressed by position (`Fields`), words as quoted literals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.contracts import MONEY
from pipelines.sources.billing._mapped_file import CheckedMapping, allowed_words, focus_columns
from pipelines.sources.billing._mapped_keys import NumberRule, TextRule, TimeRule
from pipelines.sources.billing._mapped_values import (
    END_INTERVALS,
    MONEY_SQL,
    UTC,
    moment,
    month_of,
    numeral,
    product,
    quotient,
)
from pipelines.sources.billing._mapping import case_of, spelled_as
from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, constant, literal, tags_from_columns, tags_from_json

# A space between groups is an ordinary one, or one of the two that do not break.
THOUSANDS: Final = {"none": "", ",": ",", ".": ".", "space": " ", "apostrophe": "'"}
_SPACES: Final = ("\u00a0", "\u202f")
_APOSTROPHE: Final = "\u2019"

# FOCUS: a quantity and its unit are there together or not at all.
UNITS: Final = {
    "consumed_quantity": "consumed_unit",
    "pricing_quantity": "pricing_unit",
    "commitment_discount_quantity": "commitment_discount_unit",
}

# A charge that ends before it starts belongs to no day. Use billed before it happens tells of a date format that is not
# the file's (day and month swapped); a day is left for time zones.
REJECT: Final = {
    "charge_period_end: before charge_period_start": "charge_period_end < charge_period_start",
    "billing_period_end: not after billing_period_start": "billing_period_end <= billing_period_start",
    "charge_period_start: use after the end of its billing period": (
        "charge_category = 'Usage' and charge_period_start >= billing_period_end + interval 1 day"
    ),
    "billing_currency: not three capital letters": "not regexp_full_match(billing_currency, '[A-Z]{3}')",
}


@dataclass(frozen=True, slots=True)
class MappedSql:
    """SQL of one CSV under a mapping."""

    mapping: CheckedMapping
    fields: Fields

    def select(self) -> dict[str, Expression]:
        """Every contract column that the mapping fills."""
        filled: dict[str, Expression] = {}
        for name, column in focus_columns().items():
            expression = self._column(name, column.type)
            if expression:
                filled[column.name] = expression
        filled["billing_period_start"], filled["billing_period_end"] = self._period("start"), self._period("end")
        # Without commitments the amortised cost is the billed one.
        filled.setdefault("effective_cost", filled["billed_cost"])
        for quantity, unit in UNITS.items():
            text = filled[quantity].raw if quantity in filled else None
            if unit in filled and text:
                filled[unit] = Expression(f"case when {text} is not null then {filled[unit].sql} end")
        filled["tags"] = self._tags()
        return filled

    def leave_out(self) -> dict[str, str]:
        """Reason → condition of the rows that other rows tell."""
        keys = self.mapping.keys
        found: dict[str, list[str]] = {}
        for rule in keys.leave_out:
            condition = f"{self._text(rule.column)} is null" if rule.empty else self._is(rule.column, rule.words)
            found.setdefault(rule.reason, []).append(condition)
        if keys.total_rows:
            found.setdefault("a total of other rows", []).append(
                self._is(keys.total_rows.column, keys.total_rows.words)
            )
        return {reason: " or ".join(conditions) for reason, conditions in found.items()}

    def total(self) -> str | None:
        """SQL aggregate of the rows that state the file's total; None where the mapping names none."""
        rows = self.mapping.keys.total_rows
        cost = self._column("BilledCost", MONEY)
        return f"sum({cost.sql}) filter (where {self._is(rows.column, rows.words)})" if rows and cost else None

    def _column(self, name: str, kind: str) -> Expression | None:
        rule = self.mapping.rules.get(name)
        if isinstance(rule, TextRule):
            return self._words(name, rule)
        if isinstance(rule, NumberRule):
            return self._number(rule)
        if isinstance(rule, TimeRule):
            return self._time(name, rule)
        given = self.mapping.keys.constants.get(name)
        if given is None:
            return None
        return Expression(f"cast({literal(given)} as {MONEY_SQL})") if kind == MONEY else constant(given)

    def _text(self, column: str) -> str:
        """Trimmed text of a cell; null where it is empty or holds a word for nothing."""
        text, words = self.fields[column], self.mapping.keys.null_words
        return f"case when {text} not in ({_literals(words)}) then {text} end" if words else text

    def _is(self, column: str, words: Iterable[str]) -> str:
        return f"coalesce({self._text(column)} in ({_literals(words)}), false)"

    def _words(self, name: str, rule: TextRule) -> Expression:
        if rule.join:
            text = f"nullif(concat_ws({literal(rule.separator)}, {', '.join(map(self._text, rule.join))}), '')"
        else:
            texts = [self._text(column) for column in ([rule.column] if rule.column else rule.first_of)]
            text = texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"
        if rule.values:
            results = {word: literal(result) for word, result in rule.values.items()}
            other = (
                text if rule.otherwise is None else f"case when {text} is not null then {literal(rule.otherwise)} end"
            )
            text = case_of(f"({text})", results, other)
        if rule.blank is not None:
            text = f"coalesce({text}, {literal(rule.blank)})"
        allowed = allowed_words(name)
        return spelled_as(*allowed)(f"({text})") if allowed else Expression(text)

    def _amount(self, column: str, blank: str | None) -> str:
        """DECIMAL of a cell."""
        keys = self.mapping.keys.numbers
        text, thousands = self._text(column), THOUSANDS[keys.thousands]
        for other, usual in [(space, " ") for space in _SPACES] + [(_APOSTROPHE, "'")]:
            if usual == thousands:
                text = f"replace({text}, {literal(other)}, {literal(usual)})"
        number = numeral(
            text,
            decimal=keys.decimal,
            thousands=thousands,
            parentheses=keys.negative_in_parentheses,
            signs=keys.currency_signs,
        )
        if blank is None:
            return number
        return f"case when {self._text(column)} is null then cast({literal(blank)} as {MONEY_SQL}) else {number} end"

    def _number(self, rule: NumberRule) -> Expression:
        """A cell or a formula; null, and no fault, where one of its cells is empty."""
        added = [rule.column] if rule.column else list(rule.sum)
        read = [*added, *rule.minus, *rule.times]
        terms = [f"({self._amount(column, rule.blank)})" for column in added]
        terms += [f"-({self._amount(column, rule.blank)})" for column in rule.minus]
        sql = terms[0] if len(terms) == 1 else f"try(cast({' + '.join(terms)} as {MONEY_SQL}))"
        for column in rule.times:
            sql = product(sql, f"({self._amount(column, rule.blank)})")
        for factor in rule.factors:
            sql = product(sql, f"cast({literal(factor)} as {MONEY_SQL})")
        if rule.divided_by:
            sql = quotient(sql, rule.divided_by)
        texts = [self._text(column) for column in read]
        if len(texts) == 1:
            return Expression(sql, raw=texts[0])
        if rule.blank is not None:
            return Expression(sql, raw=f"nullif(concat_ws(' ', {', '.join(texts)}), '')")
        given = " and ".join(f"{text} is not null" for text in texts)
        return Expression(sql, raw=f"case when {given} then concat_ws(' ', {', '.join(texts)}) end")

    def _moment(self, column: str, form: str | None, *, plus: str | None = None, zone: str | None = None) -> str:
        times = self.mapping.keys.times
        return moment(
            self._text(column),
            form=form or times.format,
            zone=zone or times.zone,
            repeated_hour=times.repeated_hour,
            plus=plus,
        )

    def _time(self, name: str, rule: TimeRule) -> Expression:
        if rule.from_period:
            return Expression(self._period(rule.from_period).sql)
        if rule.column:
            plus = END_INTERVALS[self.mapping.keys.times.end] if name == "ChargePeriodEnd" else None
            return Expression(self._moment(rule.column, rule.format, plus=plus), raw=self._text(rule.column))
        if rule.lasts_hours:
            return self._start_and_hours(rule.lasts_hours)
        return Expression(self._start(plus=f"interval 1 {rule.lasts}"))

    def _start(self, plus: str | None = None) -> str:
        """SQL of the charge's start, and of the time after it by the zone's calendar."""
        rule = self.mapping.rules["ChargePeriodStart"]
        if not isinstance(rule, TimeRule):
            raise TypeError("the start of a charge is a time")
        if rule.column and plus != "interval 1 hour":
            return self._moment(rule.column, rule.format, plus=plus)
        # An hour is an hour, whatever clocks do in it.
        start = self._moment(rule.column, rule.format) if rule.column else self._period(rule.from_period or "start").sql
        return f"({start}) + {plus}" if plus else start

    def _start_and_hours(self, column: str) -> Expression:
        hours, text = self._amount(column, None), self._text(column)
        length = f"to_microseconds(try_cast({product(f'({hours})', 'cast(3600000000 as decimal(38,18))')} as bigint))"
        return Expression(f"({self._start()}) + {length}", raw=text)

    def _period(self, side: str) -> Expression:
        """Start or end of the billing period. It is a label on UTC days: no zone moves it."""
        keys, times = self.mapping.keys.period, self.mapping.keys.times
        if keys.start and keys.end:
            column, plus = (keys.start, None) if side == "start" else (keys.end, END_INTERVALS[times.end])
            return Expression(self._moment(column, keys.format, plus=plus, zone=UTC), raw=self._text(column))
        raw = None
        if keys.value:
            start = f"cast({literal(keys.value + '-01')} as timestamp)"
        elif keys.month:
            raw = self._text(keys.month)
            start = month_of(moment(raw, form=keys.format or "%Y-%m", zone=UTC), UTC)
        else:
            start = month_of(self._start(), times.zone)
        return Expression(start if side == "start" else f"({start}) + interval 1 month", raw=raw)

    def _tags(self) -> Expression:
        keys = self.mapping.keys
        if keys.tags_json:
            return tags_from_json(self._text(keys.tags_json))
        return tags_from_columns({name: self._text(column) for name, column in keys.tags.items()})


def columns_read(mapping: CheckedMapping) -> Sequence[tuple[tuple[str | int, ...], str]]:
    """Every CSV column that a mapping names, with the location that names it."""
    keys = mapping.keys
    found: list[tuple[tuple[str | int, ...], str]] = []
    for name, rule in mapping.rules.items():
        for key in ("column", "first_of", "join", "sum", "minus", "times", "lasts_hours"):
            given = getattr(rule, key, None) or ()
            found += [(("columns", name, key), column) for column in ([given] if isinstance(given, str) else given)]
    found += [(("tags", name), column) for name, column in keys.tags.items()]
    found += [(("tags_json",), keys.tags_json)] if keys.tags_json else []
    found += [(("period", key), column) for key in ("month", "start", "end") if (column := getattr(keys.period, key))]
    found += [(("leave_out", place), rule.column) for place, rule in enumerate(keys.leave_out)]
    found += [(("total_rows",), keys.total_rows.column)] if keys.total_rows else []
    return found


def _literals(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))
