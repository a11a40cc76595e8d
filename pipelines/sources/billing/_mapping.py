"""A billing format's mapping as a table: contract column → where it comes from, in words for people and as SQL.

Belongs here: the few ways a column is taken from a file. Not here: what any one format's columns mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.errors import InputError
from pipelines.sources.model import Expression, LandedFile
from pipelines.sources.sql import Fields, Typed, as_text, literal


@dataclass(frozen=True, slots=True)
class Rule:
    """How one contract column is computed from a file's columns.

    Attributes:
        words: what it is taken from, for people.
        build: the expression over a file's columns.
        needs: a column the file must have, with its other names; () where the rule can do without.
    """

    words: str
    build: Callable[[Fields], Expression]
    needs: tuple[str, ...] = ()


def column(*names: str, parse: Callable[[str], Expression] = as_text, required: bool = False) -> Rule:
    """The first of `names` that holds a value, read by `parse`; one of them must be there if `required`."""
    return Rule(
        " else ".join(names) + (" (required)" if required else ""),
        lambda fields: parse(first_of(fields, *names)),
        names if required else (),
    )


def derived(words: str, build: Callable[[Fields], Expression], *needs: str) -> Rule:
    """A formula over the file's columns; `needs` is a column it cannot do without, with its other names."""
    return Rule(words, build, needs)


def first_of(fields: Fields, *names: str) -> str:
    """SQL text of the first of `names` that holds a value in the row; null where the file has none of them."""
    present = [fields[name] for name in names if name in fields]
    if not present:
        return fields.get()
    if len(present) == 1:
        return present[0]
    text = f"coalesce({', '.join(present)})"
    typed = [value for value in present if isinstance(value, Typed)]
    if len(typed) < len(present) or len({value.type for value in typed}) > 1:
        return text
    return Typed(text, f"coalesce({', '.join(value.native for value in typed)})", typed[0].type)


def spelled_as(*values: str) -> Callable[[str], Expression]:
    """A list of words: spellings that differ in case, spaces or hyphens become the list's own, others stay as they are.

    Where the contract closes the list, the loader rejects those others.
    """
    return spelling_of({value: value for value in values})


def spelling_of(spellings: Mapping[str, str]) -> Callable[[str], Expression]:
    """Words by one spelling each: those that match a key, but for case, spaces and signs, become its value."""
    by_letters = {"".join(filter(str.isalpha, word.lower())): literal(value) for word, value in spellings.items()}
    own = ", ".join(literal(value) for value in dict.fromkeys(spellings.values()))

    def parse(sql: str) -> Expression:
        letters = f"regexp_replace(lower({sql}), '[^a-z]', '', 'g')"
        # Nearly all values are spelled as they should be, and a regular expression a row costs more than the rest.
        return Expression(
            f"case when {sql} is null or {sql} in ({own}) then {sql} else {case_of(letters, by_letters, sql)} end"
        )

    return parse


# Providers by the names they bear in exports, spelled as in the catalogue of machine types, which joins on them.
PROVIDERS: Final[dict[str, str]] = {
    "AWS": "AWS",
    "Amazon": "AWS",
    "Amazon Web Services": "AWS",
    "Amazon Web Services, Inc.": "AWS",
    "Amazon Web Services EMEA SARL": "AWS",
    "Microsoft": "Microsoft",
    "Microsoft Azure": "Microsoft",
    "Azure": "Microsoft",
    "Microsoft Corporation": "Microsoft",
    "Microsoft Ireland Operations Limited": "Microsoft",
    "Google Cloud": "Google Cloud",
    "Google": "Google Cloud",
    "Google Cloud Platform": "Google Cloud",
    "GCP": "Google Cloud",
    "Google LLC": "Google Cloud",
    "Google Cloud EMEA Limited": "Google Cloud",
    "Oracle": "Oracle",
    "Oracle Cloud": "Oracle",
    "Oracle Cloud Infrastructure": "Oracle",
    "OCI": "Oracle",
    "Oracle Corporation": "Oracle",
}
provider_name: Final = spelling_of(PROVIDERS)


def when(condition: str, value: str, otherwise: str = "null") -> str:
    """SQL of a value on a condition."""
    return f"case when {condition} then {value} else {otherwise} end"


def case_of(sql: str, results: Mapping[str, str], otherwise: str = "null") -> str:
    """SQL `case` that picks a result expression by the exact text of `sql`."""
    cases = " ".join(f"when {literal(value)} then {result}" for value, result in results.items())
    return f"case {sql} {cases} else {otherwise} end"


def select(mapping: Mapping[str, Rule], fields: Fields, file: LandedFile, *, what: str) -> dict[str, Expression]:
    """The expressions of a mapping for one file.

    Args:
        mapping: contract column → rule.
        fields: the file's columns.
        file: for the message.
        what: the format, for the message.

    Raises:
        InputError: required columns are missing; it names all of them.
    """
    missing = {
        " or ".join(rule.needs): None
        for rule in mapping.values()
        if rule.needs and not any(name in fields for name in rule.needs)
    }
    if missing:
        raise InputError(
            f"{what} needs columns that are missing: {', '.join(missing)}",
            file=file.name,
            line=1,
            next_step="export the file again with these columns",
        )
    return {name: rule.build(fields) for name, rule in mapping.items()}


def table_of(mapping: Mapping[str, Rule]) -> tuple[tuple[str, str], ...]:
    """The mapping as rows of contract column and words, for the docs."""
    return tuple((name, rule.words) for name, rule in mapping.items())
