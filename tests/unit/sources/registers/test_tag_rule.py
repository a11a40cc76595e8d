"""Rules for tags: what each kind needs and must not have, said in one line a rule with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from _run import candidates, csv_text, run

from pipelines.errors import RegisterError
from pipelines.sources.registers import tag_rule, workload_rule

COLUMNS = [
    "rule_id", "priority_index", "valid_from_date", "valid_to_date", "tag_key", "rule_kind", "source_key",
    "match_pattern", "replacement", "sub_account_id", "default_value",
]  # fmt: skip
RENAME = {"rule_id": "r1", "priority_index": "10", "tag_key": "team", "rule_kind": "rename", "source_key": "Team"}
FALLBACK = RENAME | {"rule_kind": "fallback"}
REGEX = RENAME | {"rule_kind": "regex", "match_pattern": "team-(.*)", "replacement": r"\1"}
DEFAULT = RENAME | {"rule_kind": "account_default", "source_key": "", "default_value": "ops"}


def fault(folder: Path, *rules: dict[str, str]) -> RegisterError:
    """The error that a file of those rules raises."""
    (folder / "tags.csv").write_text(csv_text(COLUMNS, *rules))
    (claim,) = tag_rule.claim(candidates(folder))
    with pytest.raises(RegisterError) as raised:
        run(tag_rule, claim)
    return raised.value


def test_a_rule_of_each_kind_is_read_as_it_stands(tmp_path: Path) -> None:
    """T07 among them: an account's leading zeros stay."""
    rules = [
        RENAME | {"valid_from_date": "2026-01-01", "valid_to_date": "2026-02-01"},
        FALLBACK | {"rule_id": "r2"},
        REGEX | {"rule_id": "r3"},
        DEFAULT | {"rule_id": "r4", "sub_account_id": "007"},
    ]
    (tmp_path / "tags.csv").write_text(csv_text(COLUMNS, *rules))
    (claim,) = tag_rule.claim(candidates(tmp_path))
    names = ("rule_kind", "source_key", "match_pattern", "replacement", "sub_account_id", "default_value")
    kept = run(tag_rule, claim).kept
    assert [tuple(row[name] for name in names) for row in kept] == [
        ("rename", "Team", None, None, None, None),
        ("fallback", "Team", None, None, None, None),
        ("regex", "Team", "team-(.*)", r"\1", None, None),
        ("account_default", None, None, None, "007", "ops"),
    ]
    assert [row["valid_from_date"] for row in kept] == [date(2026, 1, 1), None, None, None]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RENAME | {"source_key": ""}, "rename needs source_key; of these columns rename takes source_key"),
        (RENAME | {"default_value": "ops"}, "rename must not have default_value"),
        (RENAME | {"sub_account_id": "1"}, "rename must not have sub_account_id"),
        (FALLBACK | {"source_key": ""}, "fallback needs source_key"),
        (FALLBACK | {"match_pattern": "a", "replacement": "b"}, "fallback must not have match_pattern, replacement"),
        (REGEX | {"source_key": ""}, "regex needs source_key;"),
        (REGEX | {"match_pattern": ""}, "regex needs match_pattern;"),
        (REGEX | {"replacement": "", "default_value": "x"}, "regex needs replacement and must not have default_value"),
        (DEFAULT | {"default_value": ""}, "account_default needs default_value"),
        (
            DEFAULT | {"source_key": "Team"},
            "account_default must not have source_key; of these columns account_default takes default_value, "
            "sub_account_id (optional)",
        ),
    ],
)
def test_a_column_too_few_or_too_many_for_the_kind_is_named_in_one_line(
    tmp_path: Path, rule: dict[str, str], words: str
) -> None:
    error = fault(tmp_path, rule)
    assert error.message.startswith(f"column rule_kind: {words}")
    assert (error.file, error.line, error.message.count("\n")) == ("tags.csv", 2, 0)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RENAME | {"rule_kind": "renames"}, "column rule_kind: 'renames' is not allowed; did you mean 'rename'?"),
        (RENAME | {"source_key": "team"}, "column source_key: 'team' is the tag_key itself"),
        (FALLBACK | {"source_key": "team"}, "column source_key: 'team' is the tag_key itself"),
        (REGEX | {"match_pattern": "team-("}, "column match_pattern: 'team-(' does not compile"),
        (REGEX | {"match_pattern": "(?!a).*"}, "column match_pattern: '(?!a).*' does not compile"),
        (REGEX | {"match_pattern": r"\Qteam"}, r"column replacement: '\\1' does not fit '\\Qteam'"),
        (REGEX | {"replacement": r"\2"}, r"column replacement: '\\2' does not fit 'team-(.*)'"),
        (REGEX | {"replacement": "x\\"}, "does not fit 'team-(.*)'"),
        (
            RENAME | {"valid_from_date": "2026-02-01", "valid_to_date": "2026-02-01"},
            "column valid_to_date: 2026-02-01 is not after valid_from_date 2026-02-01",
        ),
    ],
)
def test_a_faulty_value_is_named_once_with_its_line(tmp_path: Path, rule: dict[str, str], words: str) -> None:
    error = fault(tmp_path, RENAME | {"rule_id": "r0"}, rule)
    assert words in error.message
    assert (error.file, error.line, error.message.count("\n")) == ("tags.csv", 3, 0)


def test_a_pattern_may_rewrite_its_own_key(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").write_text(csv_text(COLUMNS, REGEX | {"source_key": "team"}))
    (claim,) = tag_rule.claim(candidates(tmp_path))
    assert len(run(tag_rule, claim).kept) == 1


def test_a_fault_in_yaml_is_told_with_the_line_of_the_kind(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text("- rule_id: r1\n  priority_index: 1\n  tag_key: team\n  rule_kind: rename\n")
    (claim,) = tag_rule.claim(candidates(tmp_path))
    with pytest.raises(RegisterError, match="rename needs source_key") as raised:
        run(tag_rule, claim)
    assert raised.value.line == 4


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (
            "- rule_id: r1\n  priority_index: 1\n  tag_key: team\n  rule_kind: regex\n  source_key: a\n"
            "  match_pattern: b\n  replacement: c\n  valid_from_date: 2026-01-01\n",
            tag_rule,
        ),
        (
            "- rule_id: r1\n  priority_index: 1\n  workload: a\n  workload_kind: other\n  match_field: pod\n"
            "  match_pattern: b\n  valid_from_date: 2026-01-01\n  valid_to_date: 2026-02-01\n",
            workload_rule,
        ),
    ],
)
def test_rules_for_tags_and_for_workloads_are_told_apart(tmp_path: Path, text: str, source: object) -> None:
    """They share half of their columns, and a YAML list is told by its first item."""
    (tmp_path / "rules.yaml").write_text(text)
    assert [each for each in (tag_rule, workload_rule) if each.claim(candidates(tmp_path))] == [source]
