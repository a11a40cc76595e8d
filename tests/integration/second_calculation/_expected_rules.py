"""Whose a line, a label or a run is, by the registers of rules; and what a line's tags say after the tag rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from _company import Company, Row

NOBODY, IDLE, SHARED, OVER = "__unallocated__", "__idle__", "__shared__", "__over_allocated__"
IGNORING_CASE = "(?i)"
OF_LINES = ("resource_id", "sub_account_id", "service_name")
OF_RUNS = ("namespace", "pod", "job_id", "job_name", "user_name", "account", "partition")


def matches(pattern: str, value: str | None) -> bool:
    """Whether a pattern fits the whole of a value."""
    flags = re.IGNORECASE if IGNORING_CASE in pattern else 0
    return value is not None and re.fullmatch(pattern.replace(IGNORING_CASE, ""), value, flags) is not None


def holds(rule: Row, day: date) -> bool:
    """Whether a rule is valid on a day."""
    first, last = rule.get("valid_from_date"), rule.get("valid_to_date")
    return (first is None or first <= day) and (last is None or day < last)


def first_rule(rules: Iterable[Row], fits: Callable[[Row], bool]) -> Row | None:
    """The rule that wins among those that fit."""
    return next((rule for rule in sorted(rules, key=_order) if fits(rule)), None)


def workload_of(company: Company, day: date, fields: dict[str, Any]) -> str | None:
    """Whose something with these fields is."""
    found = first_rule(
        company.workload_rules,
        lambda rule: holds(rule, day) and matches(rule["match_pattern"], fields.get(rule["match_field"])),
    )
    return found["workload"] if found else None


def workload_of_line(company: Company, line: Row) -> str | None:
    """Whose a cost line is."""
    tags = normalised_tags(company, line)
    fields = {name: line.get(name) for name in OF_LINES} | {f"tag:{key}": value for key, value in tags.items()}
    return workload_of(company, line["charge_period_start"].date(), fields)


def workload_of_run(company: Company, run: Row) -> str:
    """Whose a run of a scheduler is: by the rules of the day it began."""
    known = {name: run.get(name) for name in OF_RUNS}
    named = _named(known, ("namespace", "account", "job_id"))
    return workload_of(company, run["started_at"].date(), known) or named


def workload_of_label(company: Company, day: date, label: Row) -> str:
    """Whose time with a label is: that of the Slurm job, else of the pod, that it names, else by the rules."""
    of_slurm = [run for run in company.jobs if run["job_kind"] == "slurm" and run["job_id"] == label.get("job_id")]
    pod = (label.get("namespace"), label.get("pod"))
    of_pod = [
        run
        for run in company.jobs
        if run["job_kind"] == "kubernetes" and pod[0] and (run.get("namespace"), run.get("pod")) == pod
    ]
    for runs in (of_slurm, of_pod):
        that_day = [
            run for run in runs if run["started_at"].date() <= day <= (run["ended_at"] or run["known_until_at"]).date()
        ]
        if that_day:
            return workload_of_run(company, max(that_day, key=lambda run: run["started_at"]))
    return workload_of(company, day, label) or _named(label, ("namespace", "pod", "job_id"))


def normalised_tags(company: Company, line: Row) -> dict[str, str]:
    """The line's own tags with what the rules give; rules read the line's own only."""
    day, own = line["charge_period_start"].date(), line["tags"]
    given = {}
    for key in sorted({rule["tag_key"] for rule in company.tag_rules}):
        rules = [rule for rule in company.tag_rules if rule["tag_key"] == key and holds(rule, day)]
        values = (_given(rule, line) for rule in sorted(rules, key=_order))
        value = next((value for value in values if value is not None), None)
        if value is not None:
            given[key] = value
    return own | given


def _given(rule: Row, line: Row) -> str | None:
    own, kind = line["tags"], rule["rule_kind"]
    if kind in ("account_default", "fallback") and rule["tag_key"] in own:
        return None
    if kind == "account_default":
        return rule["default_value"] if rule["sub_account_id"] == line.get("sub_account_id") else None
    value: str | None = own.get(rule["source_key"])
    if kind != "regex":
        return value
    if not matches(rule["match_pattern"], value):
        return None
    flags = re.IGNORECASE if IGNORING_CASE in rule["match_pattern"] else 0
    pattern = rule["match_pattern"].replace(IGNORING_CASE, "")
    return re.sub(pattern, rule["replacement"], str(value), count=1, flags=flags) or None


def _order(rule: Row) -> tuple[int, str]:
    return rule["priority_index"], rule["rule_id"]


def _named(fields: Row, names: tuple[str, ...]) -> str:
    return next(f"{name.removesuffix('_id')}:{fields[name]}" for name in names if fields.get(name))
