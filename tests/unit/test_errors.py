"""Errors tell where, what and what next; each kind ends the command with a code of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import errors
from pipelines.errors import InputError, TenureError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TenureError)]


def test_a_line_and_a_next_step_are_told() -> None:
    error = InputError("cost is 'n/a'", file=Path("in/august.csv"), line=12, next_step="export it again")
    assert str(error) == "in/august.csv:12: cost is 'n/a'\n  next: export it again"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "it is wrong"),
        ({"file": "a.csv"}, "a.csv: it is wrong"),
        ({"line": 3}, "it is wrong"),
        ({"next_step": "mend it"}, "it is wrong\n  next: mend it"),
    ],
)
def test_what_is_not_known_is_left_out(given: dict[str, object], text: str) -> None:
    assert str(TenureError("it is wrong", **given)) == text


def test_a_program_gets_the_same_in_fields() -> None:
    error = InputError("wrong", file=Path("a.csv"), line=2, next_step="mend it")
    assert error.as_dict() == {
        "error": "InputError", "message": "wrong", "file": "a.csv", "line": 2, "next_step": "mend it",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_one_of_ours_and_ends_with_a_code(kind: type[TenureError]) -> None:
    """A code of 0 would be success."""
    assert 1 <= kind.exit_code <= 7


def test_kinds_with_one_code_are_kinds_of_one_another() -> None:
    """A script can tell errors apart by code as far as it has to act differently."""
    families = {kind.exit_code: kind for kind in KINDS if TenureError in kind.__bases__ or kind is TenureError}
    assert all(issubclass(kind, families[kind.exit_code]) for kind in KINDS)
    assert len(families) == sum(TenureError in kind.__bases__ for kind in KINDS) + 1
