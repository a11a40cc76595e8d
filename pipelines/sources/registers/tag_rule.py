"""Register of rules that give tags one key and one spelling (CSV or YAML)."""

from collections.abc import Iterable
from typing import Final

from pipelines.sources.handkept import Problem, Row
from pipelines.sources.registers._register import Register, pattern_problem

KIND = "registers"
TABLE = "raw.tag_rule"
SUMMARY = "Rules that give tags one key and one spelling, by date"
MODE = "replace"
SCOPE = "'raw.tag_rule'"

# Of each kind: columns it needs, and those it may have.
COLUMNS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "rename": (("source_key",), ()),
    "fallback": (("source_key",), ()),
    "regex": (("source_key", "match_pattern", "replacement"), ()),
    "account_default": (("default_value",), ("sub_account_id",)),
}
OF_SOME_KIND: Final = ("source_key", "match_pattern", "replacement", "sub_account_id", "default_value")


def _problems(row: Row) -> Iterable[Problem]:
    """Faults that the kind of a rule makes."""
    kind = row.values.get("rule_kind")
    if not isinstance(kind, str) or kind not in COLUMNS:
        return
    needed, optional = COLUMNS[kind]
    missing = [name for name in needed if row.values.get(name) is None]
    superfluous = [name for name in OF_SOME_KIND if name not in needed + optional and row.values.get(name) is not None]
    if missing or superfluous:
        faults = [f"needs {', '.join(missing)}"] if missing else []
        faults += [f"must not have {', '.join(superfluous)}"] if superfluous else []
        takes = ", ".join([*needed, *(f"{name} (optional)" for name in optional)])
        yield row.problem("rule_kind", f"{kind} {' and '.join(faults)}", f"of these columns {kind} takes {takes}")
    elif kind in ("rename", "fallback") and row.values["source_key"] == row.values.get("tag_key"):
        what = f"{row.values['source_key']!r} is the tag_key itself, so that the rule does nothing"
        yield row.problem("source_key", what, "name the key that the value comes from, or drop the rule")
    elif kind == "regex" and (problem := _replacement_problem(row)):
        yield problem


def _replacement_problem(row: Row) -> Problem | None:
    """A fault of a replacement, judged by RE2 with the pattern as the models use it: on the whole value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern, replacement = str(row.values["match_pattern"]), str(row.values["replacement"])
    if pattern_problem(row, "match_pattern", pattern):
        return None  # The register tells it.
    try:
        pc.replace_substring_regex(pa.array([""]), rf"\A(?:{pattern})\z", replacement)
    except pa.ArrowInvalid as error:
        what = f"{replacement!r} does not fit {pattern!r} ({error})"
        return row.problem("replacement", what, r"write \1 for the pattern's first group, \0 for the whole, \\ for \ ")
    return None


_REGISTER = Register(TABLE, marks=("tag_key", "rule_kind"), row_check=_problems)
claim = _REGISTER.claim
read = _REGISTER.read
